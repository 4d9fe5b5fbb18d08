-- The operations of APIs, as OpenAPI documents say them, and what was called that they don't say.

ALTER TABLE apis ADD COLUMN unknown_operations TEXT COLLATE "C" NOT NULL DEFAULT 'lenient' CHECK (unknown_operations IN ('strict', 'lenient'));

-- What is in force, and what is kept to be looked at before it is.
CREATE TABLE operation_tables (
    api_id TEXT COLLATE "C" NOT NULL REFERENCES apis (id),
    state TEXT COLLATE "C" NOT NULL CHECK (state IN ('in_force', 'draft')),
    description TEXT COLLATE "C" NOT NULL, -- JSON: {"title", "version", "operations", "scopes"}
    digest TEXT COLLATE "C" NOT NULL,
    uploaded_at BIGINT NOT NULL,
    uploaded_by TEXT COLLATE "C" NOT NULL,
    CONSTRAINT operation_tables_pkey PRIMARY KEY (api_id, state)
);

CREATE TABLE unknown_operations (
    api_id TEXT COLLATE "C" NOT NULL REFERENCES apis (id),
    method TEXT COLLATE "C" NOT NULL,
    path TEXT COLLATE "C" NOT NULL,
    ambiguous BIGINT NOT NULL,
    count BIGINT NOT NULL,
    last_seen_at BIGINT NOT NULL,
    CONSTRAINT unknown_operations_pkey PRIMARY KEY (api_id, method, path, ambiguous)
);

-- JSON: {"names", "beside"}; NULL where no operation is granted. scopes holds what follows from it.
ALTER TABLE keys ADD COLUMN operations TEXT COLLATE "C";
ALTER TABLE app_grants ADD COLUMN operations TEXT COLLATE "C";
ALTER TABLE service_account_grants ADD COLUMN operations TEXT COLLATE "C";
