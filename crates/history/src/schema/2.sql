-- What people say of alerts, and who changed what.
CREATE TABLE acknowledgement (
    alert INTEGER PRIMARY KEY REFERENCES alert (id) ON DELETE CASCADE,
    nanos INTEGER NOT NULL,
    who TEXT NOT NULL
) STRICT;

CREATE TABLE comment (
    id INTEGER PRIMARY KEY,
    alert INTEGER NOT NULL REFERENCES alert (id) ON DELETE CASCADE,
    nanos INTEGER NOT NULL,
    who TEXT NOT NULL,
    text TEXT NOT NULL
) STRICT;
CREATE INDEX comment_by_alert ON comment (alert);

CREATE TABLE silence (
    id INTEGER PRIMARY KEY,
    said TEXT NOT NULL,
    who TEXT NOT NULL,
    comment TEXT NOT NULL,
    since INTEGER NOT NULL,
    until INTEGER NOT NULL
) STRICT;

CREATE TABLE audit (
    id INTEGER PRIMARY KEY,
    nanos INTEGER NOT NULL,
    who TEXT NOT NULL,
    what TEXT NOT NULL,
    subject TEXT NOT NULL,
    detail TEXT NOT NULL
) STRICT;
