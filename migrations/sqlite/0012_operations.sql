-- The operations of APIs, as OpenAPI documents say them, and what was called that they don't say.

ALTER TABLE apis ADD COLUMN unknown_operations TEXT NOT NULL DEFAULT 'lenient' CHECK (unknown_operations IN ('strict', 'lenient'));

-- What is in force, and what is kept to be looked at before it is.
CREATE TABLE operation_tables (
    api_id TEXT NOT NULL REFERENCES apis (id),
    state TEXT NOT NULL CHECK (state IN ('in_force', 'draft')),
    description TEXT NOT NULL, -- JSON: {"title", "version", "operations", "scopes"}
    digest TEXT NOT NULL,
    uploaded_at INTEGER NOT NULL,
    uploaded_by TEXT NOT NULL,
    CONSTRAINT operation_tables_pkey PRIMARY KEY (api_id, state)
) STRICT;

CREATE TABLE unknown_operations (
    api_id TEXT NOT NULL REFERENCES apis (id),
    method TEXT NOT NULL,
    path TEXT NOT NULL,
    ambiguous INTEGER NOT NULL,
    count INTEGER NOT NULL,
    last_seen_at INTEGER NOT NULL,
    CONSTRAINT unknown_operations_pkey PRIMARY KEY (api_id, method, path, ambiguous)
) STRICT;

-- JSON: {"names", "beside"}; NULL where no operation is granted. scopes holds what follows from it.
ALTER TABLE keys ADD COLUMN operations TEXT;
ALTER TABLE app_grants ADD COLUMN operations TEXT;
ALTER TABLE service_account_grants ADD COLUMN operations TEXT;
