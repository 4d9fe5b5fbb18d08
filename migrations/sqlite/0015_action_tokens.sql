-- Action tokens, by the HMAC of the whole token: swapped once for an access token.
CREATE TABLE action_tokens (
    id TEXT NOT NULL PRIMARY KEY,
    org_id TEXT NOT NULL REFERENCES orgs (id),
    api_id TEXT NOT NULL REFERENCES apis (id),
    mac BLOB NOT NULL,
    scopes TEXT NOT NULL, -- RFC 6749 section 3.3
    purpose TEXT NOT NULL,
    max_access_seconds INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    created_by TEXT NOT NULL,
    expires_at INTEGER NOT NULL,
    redeemed_at INTEGER,
    revoked_at INTEGER
) STRICT;
CREATE INDEX action_tokens_org ON action_tokens (org_id, created_at, id);
CREATE INDEX action_tokens_api ON action_tokens (api_id);
CREATE INDEX action_tokens_expires_at ON action_tokens (expires_at);

-- Where a call comes with two tokens: a required scope in either of them, or in both.
ALTER TABLE apis ADD COLUMN two_token TEXT NOT NULL DEFAULT 'either' CHECK (two_token IN ('either', 'both'));

-- Action tokens act, too, and more kinds of actor will: what may stand in `actor_kind` is for the program to say, not for
-- a CHECK that SQLite can't change. The table is made anew once more, without it.
CREATE TABLE audit_anew (
    id TEXT NOT NULL PRIMARY KEY,
    org_id TEXT REFERENCES orgs (id),
    at INTEGER NOT NULL,
    actor_kind TEXT NOT NULL,
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
