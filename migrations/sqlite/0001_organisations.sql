-- People, organisations, who belongs to which, and what drives the management API.
-- Instants are unix milliseconds. Columns named search_… hold the lower-cased text that prefixes are looked up in.

CREATE TABLE users (
    id TEXT NOT NULL PRIMARY KEY,
    issuer TEXT NOT NULL,
    subject TEXT NOT NULL,
    name TEXT NOT NULL,
    email TEXT,
    email_verified INTEGER NOT NULL CHECK (email_verified IN (FALSE, TRUE)),
    created_at INTEGER NOT NULL,
    last_sign_in_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX users_issuer_subject ON users (issuer, subject);

CREATE TABLE orgs (
    id TEXT NOT NULL PRIMARY KEY,
    slug TEXT NOT NULL,
    name TEXT NOT NULL,
    search_name TEXT NOT NULL,
    suspended_at INTEGER,
    max_key_lifetime_days INTEGER,
    created_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX orgs_slug ON orgs (slug);
CREATE INDEX orgs_search_name ON orgs (search_name);

CREATE TABLE members (
    org_id TEXT NOT NULL REFERENCES orgs (id),
    user_id TEXT NOT NULL REFERENCES users (id),
    role TEXT NOT NULL CHECK (role IN ('viewer', 'developer', 'admin', 'owner')),
    joined_at INTEGER NOT NULL,
    CONSTRAINT members_pkey PRIMARY KEY (org_id, user_id)
) STRICT;
CREATE INDEX members_user ON members (user_id);

CREATE TABLE invitations (
    id TEXT NOT NULL PRIMARY KEY,
    org_id TEXT NOT NULL REFERENCES orgs (id),
    email TEXT NOT NULL,
    search_email TEXT NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('viewer', 'developer', 'admin', 'owner')),
    token_hash BLOB NOT NULL,
    claim_at_sign_in INTEGER NOT NULL CHECK (claim_at_sign_in IN (FALSE, TRUE)),
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    accepted_at INTEGER,
    accepted_by TEXT REFERENCES users (id),
    revoked_at INTEGER
) STRICT;
CREATE UNIQUE INDEX invitations_token_hash ON invitations (token_hash);
CREATE INDEX invitations_org ON invitations (org_id, created_at, id);
CREATE INDEX invitations_search_email ON invitations (search_email);

CREATE TABLE management_keys (
    id TEXT NOT NULL PRIMARY KEY,
    org_id TEXT REFERENCES orgs (id),
    name TEXT NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('viewer', 'developer', 'admin', 'owner')),
    hash TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER,
    last_used_at INTEGER,
    revoked_at INTEGER
) STRICT;
CREATE INDEX management_keys_org ON management_keys (org_id, created_at, id);
