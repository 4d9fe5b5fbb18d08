-- OAuth2 clients. A deleted app stays as a row with deleted_at, so that its id is never used again.

CREATE TABLE apps (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    org_id TEXT COLLATE "C" NOT NULL REFERENCES orgs (id),
    name TEXT COLLATE "C" NOT NULL,
    search_name TEXT COLLATE "C" NOT NULL,
    auth_method TEXT COLLATE "C" NOT NULL CHECK (auth_method IN ('client_secret_basic', 'client_secret_post')),
    created_at BIGINT NOT NULL,
    created_by TEXT COLLATE "C" NOT NULL,
    disabled_at BIGINT,
    revoked_at BIGINT,
    revoke_reason TEXT COLLATE "C",
    deleted_at BIGINT
);
CREATE INDEX apps_org ON apps (org_id, created_at, id);
CREATE INDEX apps_org_search_name ON apps (org_id, search_name);
CREATE INDEX apps_search_name ON apps (search_name);
CREATE INDEX apps_created_at ON apps (created_at, id);

CREATE TABLE app_grants (
    app_id TEXT COLLATE "C" NOT NULL REFERENCES apps (id),
    api_id TEXT COLLATE "C" NOT NULL REFERENCES apis (id),
    scopes TEXT COLLATE "C" NOT NULL, -- RFC 6749 section 3.3
    CONSTRAINT app_grants_pkey PRIMARY KEY (app_id, api_id)
);
CREATE INDEX app_grants_api ON app_grants (api_id);

CREATE TABLE app_secrets (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    app_id TEXT COLLATE "C" NOT NULL REFERENCES apps (id),
    hash TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX app_secrets_app ON app_secrets (app_id, created_at, id);
