-- OAuth2 clients. A deleted app stays as a row with deleted_at, so that its id is never used again.

CREATE TABLE apps (
    id TEXT NOT NULL PRIMARY KEY,
    org_id TEXT NOT NULL REFERENCES orgs (id),
    name TEXT NOT NULL,
    search_name TEXT NOT NULL,
    auth_method TEXT NOT NULL CHECK (auth_method IN ('client_secret_basic', 'client_secret_post')),
    created_at INTEGER NOT NULL,
    created_by TEXT NOT NULL,
    disabled_at INTEGER,
    revoked_at INTEGER,
    revoke_reason TEXT,
    deleted_at INTEGER
) STRICT;
CREATE INDEX apps_org ON apps (org_id, created_at, id);
CREATE INDEX apps_org_search_name ON apps (org_id, search_name);
CREATE INDEX apps_search_name ON apps (search_name);
CREATE INDEX apps_created_at ON apps (created_at, id);

CREATE TABLE app_grants (
    app_id TEXT NOT NULL REFERENCES apps (id),
    api_id TEXT NOT NULL REFERENCES apis (id),
    scopes TEXT NOT NULL, -- RFC 6749 section 3.3
    CONSTRAINT app_grants_pkey PRIMARY KEY (app_id, api_id)
) STRICT;
CREATE INDEX app_grants_api ON app_grants (api_id);

CREATE TABLE app_secrets (
    id TEXT NOT NULL PRIMARY KEY,
    app_id TEXT NOT NULL REFERENCES apps (id),
    hash TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX app_secrets_app ON app_secrets (app_id, created_at, id);
