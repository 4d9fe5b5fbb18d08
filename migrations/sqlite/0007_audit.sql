-- Who did what, when, from where.

CREATE TABLE audit (
    id TEXT NOT NULL PRIMARY KEY,
    org_id TEXT REFERENCES orgs (id),
    at INTEGER NOT NULL,
    actor_kind TEXT NOT NULL CHECK (actor_kind IN ('user', 'management_key', 'command_line', 'system')),
    actor_id TEXT,
    action TEXT NOT NULL,
    target_type TEXT NOT NULL,
    target_id TEXT NOT NULL,
    outcome TEXT NOT NULL CHECK (outcome IN ('done', 'denied')),
    ip TEXT,
    detail TEXT NOT NULL -- JSON object
) STRICT;
CREATE INDEX audit_at ON audit (at, id);
CREATE INDEX audit_org ON audit (org_id, at, id);
CREATE INDEX audit_org_action ON audit (org_id, action, at);
CREATE INDEX audit_org_actor ON audit (org_id, actor_id, at, id);
CREATE INDEX audit_org_target ON audit (org_id, target_id, at, id);
