-- API keys and JWT keys, and their generations.

CREATE TABLE keys (
    id TEXT NOT NULL PRIMARY KEY,
    org_id TEXT NOT NULL REFERENCES orgs (id),
    api_id TEXT NOT NULL REFERENCES apis (id),
    kind TEXT NOT NULL CHECK (kind IN ('api_key', 'jwt_key')),
    environment TEXT NOT NULL CHECK (environment IN ('live', 'test')),
    name TEXT NOT NULL,
    search_name TEXT NOT NULL,
    scopes TEXT NOT NULL, -- RFC 6749 section 3.3
    expires_at INTEGER,
    owner TEXT,
    search_owner TEXT,
    metadata TEXT NOT NULL, -- JSON object
    labels TEXT NOT NULL, -- JSON object
    allowed_ips TEXT NOT NULL, -- networks with a space between them
    created_at INTEGER NOT NULL,
    created_by TEXT NOT NULL,
    disabled_at INTEGER,
    revoked_at INTEGER,
    revoke_reason TEXT
) STRICT;
CREATE INDEX keys_org ON keys (org_id, created_at, id);
CREATE INDEX keys_org_search_name ON keys (org_id, search_name);
CREATE INDEX keys_org_search_owner ON keys (org_id, search_owner);
CREATE INDEX keys_api ON keys (api_id, org_id, created_at, id);
CREATE INDEX keys_search_name ON keys (search_name);
CREATE INDEX keys_created_at ON keys (created_at, id);

-- ends_at is NULL for the current generation: it ends with its key.
CREATE TABLE key_generations (
    key_id TEXT NOT NULL REFERENCES keys (id),
    number INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    ends_at INTEGER,
    hash TEXT, -- of an API key
    jti TEXT, -- of a JWT key
    signed_by TEXT, -- of a JWT key
    CONSTRAINT key_generations_pkey PRIMARY KEY (key_id, number),
    CONSTRAINT key_generations_secret CHECK ((hash IS NULL) <> (signed_by IS NULL))
) STRICT;
CREATE UNIQUE INDEX key_generations_jti ON key_generations (jti);
CREATE INDEX key_generations_signed_by ON key_generations (signed_by);
