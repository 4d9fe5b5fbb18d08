-- What changed, numbered in commit order: a transaction takes its numbers from the one row of revision as its last
-- act, and so holds every other writer back until it has committed. A sequence doesn't give that.

CREATE TABLE revision (
    id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    n INTEGER NOT NULL
) STRICT;
INSERT INTO revision (id, n) VALUES (1, 0);

CREATE TABLE changes (
    revision INTEGER NOT NULL PRIMARY KEY,
    subject TEXT NOT NULL
) STRICT;
