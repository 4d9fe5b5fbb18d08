-- API keys and JWT keys, and their generations.

CREATE TABLE keys (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    org_id TEXT COLLATE "C" NOT NULL REFERENCES orgs (id),
    api_id TEXT COLLATE "C" NOT NULL REFERENCES apis (id),
    kind TEXT COLLATE "C" NOT NULL CHECK (kind IN ('api_key', 'jwt_key')),
    environment TEXT COLLATE "C" NOT NULL CHECK (environment IN ('live', 'test')),
    name TEXT COLLATE "C" NOT NULL,
    search_name TEXT COLLATE "C" NOT NULL,
    scopes TEXT COLLATE "C" NOT NULL, -- RFC 6749 section 3.3
    expires_at BIGINT,
    owner TEXT COLLATE "C",
    search_owner TEXT COLLATE "C",
    metadata TEXT COLLATE "C" NOT NULL, -- JSON object
    labels TEXT COLLATE "C" NOT NULL, -- JSON object
    allowed_ips TEXT COLLATE "C" NOT NULL, -- networks with a space between them
    created_at BIGINT NOT NULL,
    created_by TEXT COLLATE "C" NOT NULL,
    disabled_at BIGINT,
    revoked_at BIGINT,
    revoke_reason TEXT COLLATE "C"
);
CREATE INDEX keys_org ON keys (org_id, created_at, id);
CREATE INDEX keys_org_search_name ON keys (org_id, search_name);
CREATE INDEX keys_org_search_owner ON keys (org_id, search_owner);
CREATE INDEX keys_api ON keys (api_id, org_id, created_at, id);
CREATE INDEX keys_search_name ON keys (search_name);
CREATE INDEX keys_created_at ON keys (created_at, id);

-- ends_at is NULL for the current generation: it ends with its key.
CREATE TABLE key_generations (
    key_id TEXT COLLATE "C" NOT NULL REFERENCES keys (id),
    number BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    ends_at BIGINT,
    hash TEXT COLLATE "C", -- of an API key
    jti TEXT COLLATE "C", -- of a JWT key
    signed_by TEXT COLLATE "C", -- of a JWT key
    CONSTRAINT key_generations_pkey PRIMARY KEY (key_id, number),
    CONSTRAINT key_generations_secret CHECK ((hash IS NULL) <> (signed_by IS NULL))
);
CREATE UNIQUE INDEX key_generations_jti ON key_generations (jti);
CREATE INDEX key_generations_signed_by ON key_generations (signed_by);
