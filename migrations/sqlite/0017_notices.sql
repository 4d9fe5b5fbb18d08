-- What organisations are told of without asking, and what is sent of it.

CREATE TABLE notices (
    id TEXT NOT NULL PRIMARY KEY,
    org_id TEXT NOT NULL REFERENCES orgs (id),
    kind TEXT NOT NULL CHECK (kind IN ('credential.expiring', 'credential.revoked', 'limit.warning', 'leak.reported')),
    source TEXT NOT NULL, -- aud_…, or expiry/<id>/<days>/<end in milliseconds>
    subject_type TEXT NOT NULL,
    subject_id TEXT NOT NULL,
    subject_name TEXT,
    at INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    detail TEXT NOT NULL -- JSON object
) STRICT;
CREATE UNIQUE INDEX notices_source ON notices (source);
CREATE INDEX notices_org ON notices (org_id, created_at, id);
CREATE INDEX notices_created_at ON notices (created_at);

-- Up to where the audit log was read.
CREATE TABLE notice_cursor (
    id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    at INTEGER NOT NULL
) STRICT;
CREATE INDEX audit_action_at ON audit (action, at, id);

CREATE INDEX keys_expires_at ON keys (expires_at);
CREATE INDEX management_keys_expires_at ON management_keys (expires_at);
CREATE INDEX public_keys_expires_at ON public_keys (expires_at);

CREATE TABLE notice_settings (
    org_id TEXT NOT NULL PRIMARY KEY REFERENCES orgs (id),
    email_kinds TEXT NOT NULL -- words with a space between them
) STRICT;

CREATE TABLE notice_readers (
    org_id TEXT NOT NULL REFERENCES orgs (id),
    user_id TEXT NOT NULL REFERENCES users (id),
    read_at INTEGER, -- created_at of the last notice that was read
    read_id TEXT,
    wants_mail INTEGER NOT NULL DEFAULT FALSE CHECK (wants_mail IN (FALSE, TRUE)),
    CONSTRAINT notice_readers_pkey PRIMARY KEY (org_id, user_id)
) STRICT;

CREATE TABLE webhooks (
    id TEXT NOT NULL PRIMARY KEY,
    org_id TEXT NOT NULL REFERENCES orgs (id),
    url TEXT NOT NULL,
    kinds TEXT NOT NULL, -- words with a space between them
    created_at INTEGER NOT NULL,
    created_by TEXT NOT NULL,
    disabled_at INTEGER,
    disabled_reason TEXT CHECK (disabled_reason IN ('by_hand', 'gone')),
    sealed BLOB NOT NULL,
    sealed_by TEXT NOT NULL,
    previous_sealed BLOB,
    previous_sealed_by TEXT,
    previous_until INTEGER
) STRICT;
CREATE INDEX webhooks_org ON webhooks (org_id, created_at, id);

-- The receiver is a webhook or a person.
CREATE TABLE deliveries (
    id TEXT NOT NULL PRIMARY KEY,
    org_id TEXT NOT NULL REFERENCES orgs (id),
    message_id TEXT NOT NULL, -- webhook-id
    event TEXT NOT NULL,
    webhook_id TEXT REFERENCES webhooks (id),
    user_id TEXT REFERENCES users (id),
    title TEXT NOT NULL,
    body TEXT NOT NULL,
    parts INTEGER NOT NULL, -- how many notices a mail gathered
    state TEXT NOT NULL CHECK (state IN ('waiting', 'delivered', 'failed')),
    attempts INTEGER NOT NULL,
    next_at INTEGER NOT NULL, -- a replica that tries it puts this off, so that no other does
    created_at INTEGER NOT NULL,
    finished_at INTEGER,
    last_status INTEGER,
    last_error TEXT,
    CONSTRAINT deliveries_receiver CHECK ((webhook_id IS NULL) <> (user_id IS NULL))
) STRICT;
CREATE INDEX deliveries_due ON deliveries (next_at, id) WHERE state = 'waiting';
CREATE INDEX deliveries_webhook ON deliveries (webhook_id, created_at, id);
CREATE INDEX deliveries_org ON deliveries (org_id, created_at, id);
CREATE INDEX deliveries_user ON deliveries (user_id, org_id) WHERE state = 'waiting';
CREATE INDEX deliveries_created_at ON deliveries (created_at);
