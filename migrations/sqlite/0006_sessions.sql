-- What is kept for a while: browser sessions, slots that are read once, answers by Idempotency-Key.

CREATE TABLE sessions (
    id_hash BLOB NOT NULL PRIMARY KEY,
    user_id TEXT REFERENCES users (id),
    data TEXT NOT NULL, -- JSON
    created_at INTEGER NOT NULL,
    last_seen_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    user_agent TEXT,
    ip TEXT
) STRICT;
CREATE INDEX sessions_user ON sessions (user_id, last_seen_at);
CREATE INDEX sessions_expires_at ON sessions (expires_at);

CREATE TABLE slots (
    name_hash BLOB NOT NULL PRIMARY KEY,
    content BLOB NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX slots_expires_at ON slots (expires_at);

CREATE TABLE idempotency (
    caller_id TEXT NOT NULL REFERENCES management_keys (id),
    idempotency_key TEXT NOT NULL,
    request_hash BLOB NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('in_progress', 'answered', 'made_secret')),
    status INTEGER,
    body TEXT,
    made_id TEXT,
    created_at INTEGER NOT NULL,
    CONSTRAINT idempotency_pkey PRIMARY KEY (caller_id, idempotency_key)
) STRICT;
CREATE INDEX idempotency_created_at ON idempotency (created_at);
