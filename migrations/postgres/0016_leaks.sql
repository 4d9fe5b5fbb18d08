-- What becomes of secrets that leaked.
ALTER TABLE orgs ADD COLUMN leak_response TEXT COLLATE "C" NOT NULL DEFAULT 'revoke' CHECK (leak_response IN ('notify', 'grace', 'revoke'));
ALTER TABLE orgs ADD COLUMN leak_grace_hours BIGINT NOT NULL DEFAULT 24;

-- One secret of several may end before the others do.
ALTER TABLE key_generations ADD COLUMN revoked_at BIGINT;
ALTER TABLE app_secrets ADD COLUMN ends_at BIGINT;
ALTER TABLE verification_keys ADD COLUMN ends_at BIGINT;

-- Where a secret was seen, once a place.
CREATE TABLE leaks (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    org_id TEXT COLLATE "C" REFERENCES orgs (id), -- NULL: an operator's secret
    mac BYTEA NOT NULL, -- HMAC-SHA-256 of the secret under the pepper: known again also when its own row is gone
    target_type TEXT COLLATE "C" NOT NULL,
    target_id TEXT COLLATE "C" NOT NULL, -- key_…, app_…, vk_…, mk_…, …
    secret TEXT COLLATE "C" NOT NULL, -- JSON, as latchkey_core::leaks::HeldSecret
    reporter TEXT COLLATE "C" NOT NULL,
    url TEXT COLLATE "C" NOT NULL,
    source TEXT COLLATE "C" NOT NULL,
    first_reported_at BIGINT NOT NULL,
    last_reported_at BIGINT NOT NULL,
    times BIGINT NOT NULL,
    outcome TEXT COLLATE "C" NOT NULL CHECK (outcome IN ('notified', 'grace', 'revoked', 'already_ended')),
    ends_at BIGINT
);
CREATE UNIQUE INDEX leaks_mac_url ON leaks (mac, url);
CREATE INDEX leaks_org ON leaks (org_id, first_reported_at, id);
CREATE INDEX leaks_org_target ON leaks (org_id, target_id, first_reported_at);
