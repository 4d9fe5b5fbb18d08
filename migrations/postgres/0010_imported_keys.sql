-- Keys brought in from other systems: their secrets have no id in them, so a row is found by an HMAC of the secret.

ALTER TABLE key_generations ADD COLUMN imported_index BYTEA; -- HMAC-SHA-256 under the master key that the hash names
CREATE UNIQUE INDEX key_generations_imported_index ON key_generations (imported_index);

-- When the API got its first imported key: until then nothing is looked up for a credential of another form.
ALTER TABLE apis ADD COLUMN first_import_at BIGINT;
