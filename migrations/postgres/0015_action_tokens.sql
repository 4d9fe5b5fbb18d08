-- Action tokens, by the HMAC of the whole token: swapped once for an access token.
CREATE TABLE action_tokens (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    org_id TEXT COLLATE "C" NOT NULL REFERENCES orgs (id),
    api_id TEXT COLLATE "C" NOT NULL REFERENCES apis (id),
    mac BYTEA NOT NULL,
    scopes TEXT COLLATE "C" NOT NULL, -- RFC 6749 section 3.3
    purpose TEXT COLLATE "C" NOT NULL,
    max_access_seconds BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    created_by TEXT COLLATE "C" NOT NULL,
    expires_at BIGINT NOT NULL,
    redeemed_at BIGINT,
    revoked_at BIGINT
);
CREATE INDEX action_tokens_org ON action_tokens (org_id, created_at, id);
CREATE INDEX action_tokens_api ON action_tokens (api_id);
CREATE INDEX action_tokens_expires_at ON action_tokens (expires_at);

-- Where a call comes with two tokens: a required scope in either of them, or in both.
ALTER TABLE apis ADD COLUMN two_token TEXT COLLATE "C" NOT NULL DEFAULT 'either' CHECK (two_token IN ('either', 'both'));

-- Action tokens act, too, and more kinds of actor will: what may stand in `actor_kind` is for the program to say.
ALTER TABLE audit DROP CONSTRAINT audit_actor_kind_check;
