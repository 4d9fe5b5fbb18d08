-- Rate limits and credits: what was decided stands with whom it is for, what is used in tables of its own.

-- JSON: [{"name", "limit", "window_seconds", "mode", "on_unknown"}], as latchkey_core::limits::RateLimit.
ALTER TABLE keys ADD COLUMN rate_limits TEXT NOT NULL DEFAULT '[]';
ALTER TABLE apps ADD COLUMN rate_limits TEXT NOT NULL DEFAULT '[]';
ALTER TABLE service_accounts ADD COLUMN rate_limits TEXT NOT NULL DEFAULT '[]';
ALTER TABLE consumer_policies ADD COLUMN rate_limits TEXT NOT NULL DEFAULT '[]';
-- JSON: {"granted", "refill", "on_unknown"}, as latchkey_core::limits::CreditRule; NULL: not counted.
ALTER TABLE keys ADD COLUMN credits TEXT;
ALTER TABLE consumer_policies ADD COLUMN credits TEXT;
-- Which of the API's plans; NULL: the one called default, if there is one.
ALTER TABLE consumer_policies ADD COLUMN plan TEXT;
-- JSON: [{"name", "rate_limits", "credits"}], as latchkey_core::limits::Plan.
ALTER TABLE apis ADD COLUMN plans TEXT NOT NULL DEFAULT '[]';

-- What is left of credits.
CREATE TABLE credits (
    subject TEXT COLLATE "C" NOT NULL PRIMARY KEY, -- key_…, <api>/<org>, or <api>/<org>/<plan>
    remaining BIGINT NOT NULL CHECK (remaining >= 0),
    granted BIGINT NOT NULL, -- what was there after the last grant or refill
    refilled_at BIGINT NOT NULL
);

-- How far rate limits are used (generic cell rate algorithm).
CREATE TABLE rate_limits (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY, -- subject, window and name
    tat BIGINT NOT NULL, -- theoretical arrival time, unix nanoseconds
    synced_at BIGINT NOT NULL
);
CREATE INDEX rate_limits_synced_at ON rate_limits (synced_at);
CREATE INDEX rate_limits_tat ON rate_limits (tat);

-- The highest share that was warned of, a day.
CREATE TABLE limit_warnings (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY, -- as in rate_limits, or credits and its subject
    day BIGINT NOT NULL, -- days since 1970-01-01 (UTC)
    percent BIGINT NOT NULL
);
CREATE INDEX limit_warnings_day ON limit_warnings (day);
