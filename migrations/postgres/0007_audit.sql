-- Who did what, when, from where.

CREATE TABLE audit (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    org_id TEXT COLLATE "C" REFERENCES orgs (id),
    at BIGINT NOT NULL,
    actor_kind TEXT COLLATE "C" NOT NULL CHECK (actor_kind IN ('user', 'management_key', 'command_line', 'system')),
    actor_id TEXT COLLATE "C",
    action TEXT COLLATE "C" NOT NULL,
    target_type TEXT COLLATE "C" NOT NULL,
    target_id TEXT COLLATE "C" NOT NULL,
    outcome TEXT COLLATE "C" NOT NULL CHECK (outcome IN ('done', 'denied')),
    ip TEXT COLLATE "C",
    detail TEXT COLLATE "C" NOT NULL -- JSON object
);
CREATE INDEX audit_at ON audit (at, id);
CREATE INDEX audit_org ON audit (org_id, at, id);
CREATE INDEX audit_org_action ON audit (org_id, action, at);
CREATE INDEX audit_org_actor ON audit (org_id, actor_id, at, id);
CREATE INDEX audit_org_target ON audit (org_id, target_id, at, id);
