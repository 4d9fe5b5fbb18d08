-- People, organisations, who belongs to which, and what drives the management API.
-- Instants are unix milliseconds. Columns named search_… hold the lower-cased text that prefixes are looked up in.

CREATE TABLE users (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    issuer TEXT COLLATE "C" NOT NULL,
    subject TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    email TEXT COLLATE "C",
    email_verified BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    last_sign_in_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX users_issuer_subject ON users (issuer, subject);

CREATE TABLE orgs (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    slug TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    search_name TEXT COLLATE "C" NOT NULL,
    suspended_at BIGINT,
    max_key_lifetime_days BIGINT,
    created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX orgs_slug ON orgs (slug);
CREATE INDEX orgs_search_name ON orgs (search_name);

CREATE TABLE members (
    org_id TEXT COLLATE "C" NOT NULL REFERENCES orgs (id),
    user_id TEXT COLLATE "C" NOT NULL REFERENCES users (id),
    role TEXT COLLATE "C" NOT NULL CHECK (role IN ('viewer', 'developer', 'admin', 'owner')),
    joined_at BIGINT NOT NULL,
    CONSTRAINT members_pkey PRIMARY KEY (org_id, user_id)
);
CREATE INDEX members_user ON members (user_id);

CREATE TABLE invitations (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    org_id TEXT COLLATE "C" NOT NULL REFERENCES orgs (id),
    email TEXT COLLATE "C" NOT NULL,
    search_email TEXT COLLATE "C" NOT NULL,
    role TEXT COLLATE "C" NOT NULL CHECK (role IN ('viewer', 'developer', 'admin', 'owner')),
    token_hash BYTEA NOT NULL,
    claim_at_sign_in BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    accepted_at BIGINT,
    accepted_by TEXT COLLATE "C" REFERENCES users (id),
    revoked_at BIGINT
);
CREATE UNIQUE INDEX invitations_token_hash ON invitations (token_hash);
CREATE INDEX invitations_org ON invitations (org_id, created_at, id);
CREATE INDEX invitations_search_email ON invitations (search_email);

CREATE TABLE management_keys (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    org_id TEXT COLLATE "C" REFERENCES orgs (id),
    name TEXT COLLATE "C" NOT NULL,
    role TEXT COLLATE "C" NOT NULL CHECK (role IN ('viewer', 'developer', 'admin', 'owner')),
    hash TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT,
    last_used_at BIGINT,
    revoked_at BIGINT
);
CREATE INDEX management_keys_org ON management_keys (org_id, created_at, id);
