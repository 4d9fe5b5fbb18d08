-- Usage counters per minute, hour and day, and when what was last used.
-- An empty credential or holder: no known credential. No foreign keys: counts outlive what they count.

CREATE TABLE usage_minutes (
    starts_at BIGINT NOT NULL,
    credential TEXT COLLATE "C" NOT NULL,
    generation BIGINT NOT NULL,
    holder TEXT COLLATE "C" NOT NULL,
    api_id TEXT COLLATE "C" NOT NULL,
    api_owner TEXT COLLATE "C" NOT NULL,
    outcome TEXT COLLATE "C" NOT NULL,
    n BIGINT NOT NULL,
    CONSTRAINT usage_minutes_pkey PRIMARY KEY (api_id, starts_at, credential, generation, outcome)
);
CREATE INDEX usage_minutes_credential ON usage_minutes (credential, starts_at);
CREATE INDEX usage_minutes_holder ON usage_minutes (holder, starts_at);
CREATE INDEX usage_minutes_api_owner ON usage_minutes (api_owner, starts_at);
CREATE INDEX usage_minutes_starts_at ON usage_minutes (starts_at);

CREATE TABLE usage_hours (
    starts_at BIGINT NOT NULL,
    credential TEXT COLLATE "C" NOT NULL,
    generation BIGINT NOT NULL,
    holder TEXT COLLATE "C" NOT NULL,
    api_id TEXT COLLATE "C" NOT NULL,
    api_owner TEXT COLLATE "C" NOT NULL,
    outcome TEXT COLLATE "C" NOT NULL,
    n BIGINT NOT NULL,
    CONSTRAINT usage_hours_pkey PRIMARY KEY (api_id, starts_at, credential, generation, outcome)
);
CREATE INDEX usage_hours_credential ON usage_hours (credential, starts_at);
CREATE INDEX usage_hours_holder ON usage_hours (holder, starts_at);
CREATE INDEX usage_hours_api_owner ON usage_hours (api_owner, starts_at);
CREATE INDEX usage_hours_starts_at ON usage_hours (starts_at);

CREATE TABLE usage_days (
    starts_at BIGINT NOT NULL,
    credential TEXT COLLATE "C" NOT NULL,
    generation BIGINT NOT NULL,
    holder TEXT COLLATE "C" NOT NULL,
    api_id TEXT COLLATE "C" NOT NULL,
    api_owner TEXT COLLATE "C" NOT NULL,
    outcome TEXT COLLATE "C" NOT NULL,
    n BIGINT NOT NULL,
    CONSTRAINT usage_days_pkey PRIMARY KEY (api_id, starts_at, credential, generation, outcome)
);
CREATE INDEX usage_days_credential ON usage_days (credential, starts_at);
CREATE INDEX usage_days_holder ON usage_days (holder, starts_at);
CREATE INDEX usage_days_api_owner ON usage_days (api_owner, starts_at);
CREATE INDEX usage_days_starts_at ON usage_days (starts_at);

-- The last batch that each counting process stored, so that none counts twice.
CREATE TABLE usage_sources (
    source TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    sequence BIGINT NOT NULL,
    seen_at BIGINT NOT NULL
);

-- Of keys (by generation), apps, app secrets and verification keys: apart from their rows, so that a flush of counters
-- and a change by a person never wait for each other.
CREATE TABLE last_uses (
    id TEXT COLLATE "C" NOT NULL,
    generation BIGINT NOT NULL,
    used_at BIGINT NOT NULL,
    CONSTRAINT last_uses_pkey PRIMARY KEY (id, generation)
);
