-- What organisations are told of without asking, and what is sent of it.

CREATE TABLE notices (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    org_id TEXT COLLATE "C" NOT NULL REFERENCES orgs (id),
    kind TEXT COLLATE "C" NOT NULL CHECK (kind IN ('credential.expiring', 'credential.revoked', 'limit.warning', 'leak.reported')),
    source TEXT COLLATE "C" NOT NULL, -- aud_…, or expiry/<id>/<days>/<end in milliseconds>
    subject_type TEXT COLLATE "C" NOT NULL,
    subject_id TEXT COLLATE "C" NOT NULL,
    subject_name TEXT COLLATE "C",
    at BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    detail TEXT COLLATE "C" NOT NULL -- JSON object
);
CREATE UNIQUE INDEX notices_source ON notices (source);
CREATE INDEX notices_org ON notices (org_id, created_at, id);
CREATE INDEX notices_created_at ON notices (created_at);

-- Up to where the audit log was read.
CREATE TABLE notice_cursor (
    id BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    at BIGINT NOT NULL
);
CREATE INDEX audit_action_at ON audit (action, at, id);

CREATE INDEX keys_expires_at ON keys (expires_at);
CREATE INDEX management_keys_expires_at ON management_keys (expires_at);
CREATE INDEX public_keys_expires_at ON public_keys (expires_at);

CREATE TABLE notice_settings (
    org_id TEXT COLLATE "C" NOT NULL PRIMARY KEY REFERENCES orgs (id),
    email_kinds TEXT COLLATE "C" NOT NULL -- words with a space between them
);

CREATE TABLE notice_readers (
    org_id TEXT COLLATE "C" NOT NULL REFERENCES orgs (id),
    user_id TEXT COLLATE "C" NOT NULL REFERENCES users (id),
    read_at BIGINT, -- created_at of the last notice that was read
    read_id TEXT COLLATE "C",
    wants_mail BOOLEAN NOT NULL DEFAULT FALSE,
    CONSTRAINT notice_readers_pkey PRIMARY KEY (org_id, user_id)
);

CREATE TABLE webhooks (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    org_id TEXT COLLATE "C" NOT NULL REFERENCES orgs (id),
    url TEXT COLLATE "C" NOT NULL,
    kinds TEXT COLLATE "C" NOT NULL, -- words with a space between them
    created_at BIGINT NOT NULL,
    created_by TEXT COLLATE "C" NOT NULL,
    disabled_at BIGINT,
    disabled_reason TEXT COLLATE "C" CHECK (disabled_reason IN ('by_hand', 'gone')),
    sealed BYTEA NOT NULL,
    sealed_by TEXT COLLATE "C" NOT NULL,
    previous_sealed BYTEA,
    previous_sealed_by TEXT COLLATE "C",
    previous_until BIGINT
);
CREATE INDEX webhooks_org ON webhooks (org_id, created_at, id);

-- The receiver is a webhook or a person.
CREATE TABLE deliveries (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    org_id TEXT COLLATE "C" NOT NULL REFERENCES orgs (id),
    message_id TEXT COLLATE "C" NOT NULL, -- webhook-id
    event TEXT COLLATE "C" NOT NULL,
    webhook_id TEXT COLLATE "C" REFERENCES webhooks (id),
    user_id TEXT COLLATE "C" REFERENCES users (id),
    title TEXT COLLATE "C" NOT NULL,
    body TEXT COLLATE "C" NOT NULL,
    parts BIGINT NOT NULL, -- how many notices a mail gathered
    state TEXT COLLATE "C" NOT NULL CHECK (state IN ('waiting', 'delivered', 'failed')),
    attempts BIGINT NOT NULL,
    next_at BIGINT NOT NULL, -- a replica that tries it puts this off, so that no other does
    created_at BIGINT NOT NULL,
    finished_at BIGINT,
    last_status BIGINT,
    last_error TEXT COLLATE "C",
    CONSTRAINT deliveries_receiver CHECK ((webhook_id IS NULL) <> (user_id IS NULL))
);
CREATE INDEX deliveries_due ON deliveries (next_at, id) WHERE state = 'waiting';
CREATE INDEX deliveries_webhook ON deliveries (webhook_id, created_at, id);
CREATE INDEX deliveries_org ON deliveries (org_id, created_at, id);
CREATE INDEX deliveries_user ON deliveries (user_id, org_id) WHERE state = 'waiting';
CREATE INDEX deliveries_created_at ON deliveries (created_at);
