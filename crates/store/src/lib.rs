//! The ports of latchkey-core on SQLite and PostgreSQL.
