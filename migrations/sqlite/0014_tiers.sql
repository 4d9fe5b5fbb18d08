-- How strict organisations are, from where credentials may be used and were used, and for whom callers of an API may act.

ALTER TABLE orgs ADD COLUMN security_tier TEXT NOT NULL DEFAULT 'low' CHECK (security_tier IN ('low', 'medium', 'high'));

-- Networks with a space between them.
ALTER TABLE keys ADD COLUMN denied_ips TEXT NOT NULL DEFAULT '';
ALTER TABLE apps ADD COLUMN allowed_ips TEXT NOT NULL DEFAULT '';
ALTER TABLE apps ADD COLUMN denied_ips TEXT NOT NULL DEFAULT '';
ALTER TABLE service_accounts ADD COLUMN allowed_ips TEXT NOT NULL DEFAULT '';
ALTER TABLE service_accounts ADD COLUMN denied_ips TEXT NOT NULL DEFAULT '';

ALTER TABLE apis ADD COLUMN principals TEXT NOT NULL DEFAULT 'both' CHECK (principals IN ('both', 'service', 'user'));

-- From which networks (/24, /48) each credential was used. No foreign key: as with last_uses, a flush waits for nobody.
CREATE TABLE seen_networks (
    credential TEXT NOT NULL,
    network TEXT NOT NULL,
    seen_at INTEGER NOT NULL,
    CONSTRAINT seen_networks_pkey PRIMARY KEY (credential, network)
) STRICT;
CREATE INDEX seen_networks_seen_at ON seen_networks (seen_at);
