-- What changed, numbered in commit order: a transaction takes its numbers from the one row of revision as its last
-- act, and so holds every other writer back until it has committed. A sequence doesn't give that.

CREATE TABLE revision (
    id BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    n BIGINT NOT NULL
);
INSERT INTO revision (id, n) VALUES (1, 0);

CREATE TABLE changes (
    revision BIGINT NOT NULL PRIMARY KEY,
    subject TEXT COLLATE "C" NOT NULL
);
