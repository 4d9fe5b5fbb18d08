-- What is kept for a while: browser sessions, slots that are read once, answers by Idempotency-Key.

CREATE TABLE sessions (
    id_hash BYTEA NOT NULL PRIMARY KEY,
    user_id TEXT COLLATE "C" REFERENCES users (id),
    data TEXT COLLATE "C" NOT NULL, -- JSON
    created_at BIGINT NOT NULL,
    last_seen_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    user_agent TEXT COLLATE "C",
    ip TEXT COLLATE "C"
);
CREATE INDEX sessions_user ON sessions (user_id, last_seen_at);
CREATE INDEX sessions_expires_at ON sessions (expires_at);

CREATE TABLE slots (
    name_hash BYTEA NOT NULL PRIMARY KEY,
    content BYTEA NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX slots_expires_at ON slots (expires_at);

CREATE TABLE idempotency (
    caller_id TEXT COLLATE "C" NOT NULL REFERENCES management_keys (id),
    idempotency_key TEXT COLLATE "C" NOT NULL,
    request_hash BYTEA NOT NULL,
    state TEXT COLLATE "C" NOT NULL CHECK (state IN ('in_progress', 'answered', 'made_secret')),
    status BIGINT,
    body TEXT COLLATE "C",
    made_id TEXT COLLATE "C",
    created_at BIGINT NOT NULL,
    CONSTRAINT idempotency_pkey PRIMARY KEY (caller_id, idempotency_key)
);
CREATE INDEX idempotency_created_at ON idempotency (created_at);
