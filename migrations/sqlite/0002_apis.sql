-- APIs and what belongs to them. A deleted API stays as a row with deleted_at, so that its id is never used again.

-- An audience belongs to the organisation that used it first, for ever.
CREATE TABLE audiences (
    audience TEXT NOT NULL PRIMARY KEY,
    org_id TEXT NOT NULL REFERENCES orgs (id)
) STRICT;

CREATE TABLE apis (
    id TEXT NOT NULL PRIMARY KEY,
    org_id TEXT NOT NULL REFERENCES orgs (id),
    name TEXT NOT NULL,
    search_name TEXT NOT NULL,
    audience TEXT NOT NULL REFERENCES audiences (audience),
    visibility TEXT NOT NULL CHECK (visibility IN ('private', 'public')),
    scopes TEXT NOT NULL, -- JSON: [{"name", "description", "grant"}]
    token_ttl_seconds INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    deleted_at INTEGER
) STRICT;
CREATE UNIQUE INDEX apis_audience ON apis (audience) WHERE deleted_at IS NULL;
CREATE INDEX apis_org ON apis (org_id, created_at, id);
CREATE INDEX apis_org_search_name ON apis (org_id, search_name);
CREATE INDEX apis_visibility ON apis (visibility, search_name, id);

CREATE TABLE verification_keys (
    id TEXT NOT NULL PRIMARY KEY,
    api_id TEXT NOT NULL REFERENCES apis (id),
    name TEXT NOT NULL,
    environments TEXT NOT NULL, -- words with a space between them
    hash TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX verification_keys_api ON verification_keys (api_id, created_at, id);

CREATE TABLE consumer_policies (
    api_id TEXT NOT NULL REFERENCES apis (id),
    org_id TEXT NOT NULL REFERENCES orgs (id),
    metadata TEXT, -- JSON object
    scopes TEXT NOT NULL, -- RFC 6749 section 3.3
    blocked_at INTEGER,
    CONSTRAINT consumer_policies_pkey PRIMARY KEY (api_id, org_id)
) STRICT;
CREATE INDEX consumer_policies_org ON consumer_policies (org_id);

CREATE TABLE access_requests (
    id TEXT NOT NULL PRIMARY KEY,
    org_id TEXT NOT NULL REFERENCES orgs (id),
    api_id TEXT NOT NULL REFERENCES apis (id),
    scopes TEXT NOT NULL,
    reason TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('pending', 'approved', 'denied')),
    created_at INTEGER NOT NULL,
    decided_at INTEGER
) STRICT;
CREATE INDEX access_requests_org ON access_requests (org_id, created_at, id);
CREATE INDEX access_requests_api ON access_requests (api_id, created_at, id);
CREATE UNIQUE INDEX access_requests_one_pending ON access_requests (org_id, api_id) WHERE status = 'pending';
