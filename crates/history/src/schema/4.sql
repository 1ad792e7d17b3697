-- What is allowed because somebody said so, until somebody takes it back.
CREATE TABLE allowance (
    id INTEGER PRIMARY KEY,
    entry TEXT NOT NULL, -- what is allowed, as JSON
    who TEXT NOT NULL,
    comment TEXT NOT NULL,
    since INTEGER NOT NULL
) STRICT;

-- What is news: each writing of an alert and each change has a number, larger than all before in this file, those that are
-- gone among them. What an older file holds is none.
CREATE TABLE turn (
    file INTEGER NOT NULL, -- drawn by chance: a file that was begun anew has another
    last INTEGER NOT NULL
) STRICT;
INSERT INTO turn VALUES (random(), 0);

ALTER TABLE alert ADD COLUMN turn INTEGER;
CREATE INDEX alert_by_turn ON alert (turn);
ALTER TABLE audit ADD COLUMN turn INTEGER;
CREATE INDEX audit_by_turn ON audit (turn);
