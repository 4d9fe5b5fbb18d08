-- OAuth2 beyond shared secrets: how clients authenticate, service accounts, tokens that are looked up, outside issuers.

-- Each API chooses how its tokens are signed and what they look like.
ALTER TABLE apis ADD COLUMN signing_alg TEXT NOT NULL DEFAULT 'EdDSA' CHECK (signing_alg IN ('EdDSA', 'ES256', 'RS256'));
ALTER TABLE apis ADD COLUMN token_format TEXT NOT NULL DEFAULT 'jwt' CHECK (token_format IN ('jwt', 'opaque'));
ALTER TABLE apis ADD COLUMN call_paths TEXT; -- JSON: {"default", "max_depth", "items": [{"caller", "via"}]}; NULL: any

-- One active and one next key of each algorithm.
ALTER TABLE signing_keys ADD COLUMN alg TEXT NOT NULL DEFAULT 'EdDSA' CHECK (alg IN ('EdDSA', 'ES256', 'RS256'));
DROP INDEX signing_keys_one_active;
DROP INDEX signing_keys_one_next;
CREATE UNIQUE INDEX signing_keys_one_active ON signing_keys (alg) WHERE state = 'active';
CREATE UNIQUE INDEX signing_keys_one_next ON signing_keys (alg) WHERE state = 'next';

ALTER TABLE apps ADD COLUMN token_endpoint_auth_method TEXT NOT NULL DEFAULT 'client_secret_basic'
    CHECK (token_endpoint_auth_method IN ('client_secret_basic', 'client_secret_post', 'private_key_jwt', 'tls_client_auth',
        'self_signed_tls_client_auth'));
UPDATE apps SET token_endpoint_auth_method = auth_method;
ALTER TABLE apps DROP COLUMN auth_method;
ALTER TABLE apps ADD COLUMN jwks_uri TEXT;
ALTER TABLE apps ADD COLUMN certificate TEXT; -- JSON, as latchkey_core::apps::ClientCertificate
-- What its tokens are bound to, always (RFC 9449 section 5.2, RFC 8705 section 3.4).
ALTER TABLE apps ADD COLUMN token_binding TEXT NOT NULL DEFAULT 'none' CHECK (token_binding IN ('none', 'dpop', 'certificate'));
-- What its secret is for: tokens, or to be traded once for a key.
ALTER TABLE apps ADD COLUMN secret_use TEXT NOT NULL DEFAULT 'authenticate' CHECK (secret_use IN ('authenticate', 'bootstrap'));
ALTER TABLE apps ADD COLUMN tokens_per_day INTEGER; -- NULL: no quota
ALTER TABLE apps ADD COLUMN repeated_request TEXT NOT NULL DEFAULT 'new_token'
    CHECK (repeated_request IN ('new_token', 'same_token'));
-- How it may exchange tokens for this API: words of latchkey_core::apps::Exchange with a space between them.
ALTER TABLE app_grants ADD COLUMN exchange TEXT NOT NULL DEFAULT 'delegation';

-- Public keys by which apps and service accounts prove who they are.
CREATE TABLE public_keys (
    id TEXT NOT NULL PRIMARY KEY,
    holder TEXT NOT NULL, -- app_… or sa_…
    kid TEXT NOT NULL,
    jwk TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER
) STRICT;
CREATE UNIQUE INDEX public_keys_holder_kid ON public_keys (holder, kid);

CREATE TABLE service_accounts (
    id TEXT NOT NULL PRIMARY KEY,
    org_id TEXT NOT NULL REFERENCES orgs (id),
    name TEXT NOT NULL,
    search_name TEXT NOT NULL,
    roles TEXT NOT NULL, -- words with a space between them
    grants TEXT NOT NULL CHECK (grants IN ('by_role', 'listed')),
    created_at INTEGER NOT NULL,
    created_by TEXT NOT NULL,
    disabled_at INTEGER,
    revoked_at INTEGER,
    revoke_reason TEXT,
    deleted_at INTEGER
) STRICT;
CREATE INDEX service_accounts_org ON service_accounts (org_id, created_at, id);
CREATE INDEX service_accounts_org_search_name ON service_accounts (org_id, search_name);
CREATE INDEX service_accounts_search_name ON service_accounts (search_name);
CREATE INDEX service_accounts_created_at ON service_accounts (created_at, id);

CREATE TABLE service_account_grants (
    account_id TEXT NOT NULL REFERENCES service_accounts (id),
    api_id TEXT NOT NULL REFERENCES apis (id),
    scopes TEXT NOT NULL, -- RFC 6749 section 3.3
    CONSTRAINT service_account_grants_pkey PRIMARY KEY (account_id, api_id)
) STRICT;
CREATE INDEX service_account_grants_api ON service_account_grants (api_id);

-- What may be used once: ids of assertions and DPoP proofs, remembered until they have expired.
CREATE TABLE used_once (
    space TEXT NOT NULL, -- whose ids: 'dpop', or 'assertion/<issuer>'
    id_hash BLOB NOT NULL,
    expires_at INTEGER NOT NULL,
    CONSTRAINT used_once_pkey PRIMARY KEY (space, id_hash)
) STRICT;
CREATE INDEX used_once_expires_at ON used_once (expires_at);

-- Opaque access tokens, by the HMAC of the whole token.
CREATE TABLE access_tokens (
    id TEXT NOT NULL PRIMARY KEY,
    mac BLOB NOT NULL,
    claims TEXT NOT NULL, -- JSON: those of RFC 9068
    client_id TEXT NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX access_tokens_expires_at ON access_tokens (expires_at);

-- Access tokens, JWT or opaque, that were revoked before they expired.
CREATE TABLE revoked_tokens (
    jti TEXT NOT NULL PRIMARY KEY,
    expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX revoked_tokens_expires_at ON revoked_tokens (expires_at);

-- Which tokens of an outside issuer stand for which app or account.
CREATE TABLE workload_rules (
    id TEXT NOT NULL PRIMARY KEY,
    org_id TEXT NOT NULL REFERENCES orgs (id),
    issuer TEXT NOT NULL,
    audience TEXT NOT NULL,
    claims TEXT NOT NULL, -- JSON object: claim to pattern
    jwks TEXT, -- JWK Set; NULL: by discovery
    principal TEXT NOT NULL, -- app_… or sa_…
    created_at INTEGER NOT NULL,
    created_by TEXT NOT NULL
) STRICT;
CREATE INDEX workload_rules_org ON workload_rules (org_id, created_at, id);
CREATE INDEX workload_rules_issuer ON workload_rules (issuer);
CREATE INDEX workload_rules_principal ON workload_rules (principal);

-- Identity providers whose tokens an organisation takes as subject tokens of an exchange.
CREATE TABLE trusted_issuers (
    id TEXT NOT NULL PRIMARY KEY,
    org_id TEXT NOT NULL REFERENCES orgs (id),
    issuer TEXT NOT NULL,
    audience TEXT NOT NULL,
    jwks TEXT, -- JWK Set; NULL: by discovery
    created_at INTEGER NOT NULL,
    created_by TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX trusted_issuers_org_issuer ON trusted_issuers (org_id, issuer);

-- Initial access tokens (RFC 7591 section 1.2), by the HMAC of the whole token.
CREATE TABLE initial_access_tokens (
    id TEXT NOT NULL PRIMARY KEY,
    org_id TEXT NOT NULL REFERENCES orgs (id),
    mac BLOB NOT NULL,
    name TEXT NOT NULL,
    grants TEXT NOT NULL, -- JSON: [{"api", "scopes", "exchange"}]
    uses_left INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    created_by TEXT NOT NULL,
    expires_at INTEGER NOT NULL,
    revoked_at INTEGER
) STRICT;
CREATE INDEX initial_access_tokens_org ON initial_access_tokens (org_id, created_at, id);

-- Tokens issued to an app with a quota, per day (UTC).
CREATE TABLE issued_per_day (
    app_id TEXT NOT NULL REFERENCES apps (id),
    day INTEGER NOT NULL,
    issued INTEGER NOT NULL,
    warned INTEGER NOT NULL DEFAULT 0, -- the highest share of the quota that was warned of, in percent
    CONSTRAINT issued_per_day_pkey PRIMARY KEY (app_id, day)
) STRICT;

-- Clients, accounts and initial access tokens act for themselves, too. SQLite can't change a CHECK: the table is made anew.
CREATE TABLE audit_anew (
    id TEXT NOT NULL PRIMARY KEY,
    org_id TEXT REFERENCES orgs (id),
    at INTEGER NOT NULL,
    actor_kind TEXT NOT NULL CHECK (actor_kind IN ('user', 'management_key', 'command_line', 'system', 'app',
        'service_account', 'initial_access_token')),
    actor_id TEXT,
    action TEXT NOT NULL,
    target_type TEXT NOT NULL,
    target_id TEXT NOT NULL,
    outcome TEXT NOT NULL CHECK (outcome IN ('done', 'denied')),
    ip TEXT,
    detail TEXT NOT NULL -- JSON object
) STRICT;
INSERT INTO audit_anew (id, org_id, at, actor_kind, actor_id, action, target_type, target_id, outcome, ip, detail)
    SELECT id, org_id, at, actor_kind, actor_id, action, target_type, target_id, outcome, ip, detail FROM audit;
DROP TABLE audit;
ALTER TABLE audit_anew RENAME TO audit;
CREATE INDEX audit_at ON audit (at, id);
CREATE INDEX audit_org ON audit (org_id, at, id);
CREATE INDEX audit_org_action ON audit (org_id, action, at);
CREATE INDEX audit_org_actor ON audit (org_id, actor_id, at, id);
CREATE INDEX audit_org_target ON audit (org_id, target_id, at, id);

-- A service account calls the management API too, so that `caller_id` names a management key or an account.
CREATE TABLE idempotency_anew (
    caller_id TEXT NOT NULL, -- mk_… or sa_…
    idempotency_key TEXT NOT NULL,
    request_hash BLOB NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('in_progress', 'answered', 'made_secret')),
    status INTEGER,
    body TEXT,
    made_id TEXT,
    created_at INTEGER NOT NULL,
    CONSTRAINT idempotency_pkey PRIMARY KEY (caller_id, idempotency_key)
) STRICT;
INSERT INTO idempotency_anew (caller_id, idempotency_key, request_hash, state, status, body, made_id, created_at)
    SELECT caller_id, idempotency_key, request_hash, state, status, body, made_id, created_at FROM idempotency;
DROP TABLE idempotency;
ALTER TABLE idempotency_anew RENAME TO idempotency;
CREATE INDEX idempotency_created_at ON idempotency (created_at);
