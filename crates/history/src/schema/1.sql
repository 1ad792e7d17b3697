-- What detection writes. Times are nanoseconds since 1970; addresses are a byte for the family, 4 or 6, and the octets.
CREATE TABLE alert (
    id INTEGER PRIMARY KEY, -- the 64 bits of its name
    last INTEGER NOT NULL,
    first INTEGER NOT NULL,
    count INTEGER NOT NULL,
    level INTEGER NOT NULL,
    score REAL NOT NULL,
    what TEXT NOT NULL,
    source BLOB,
    target BLOB,
    words TEXT NOT NULL, -- what is searched
    body TEXT NOT NULL -- all of it, as JSON
) STRICT;
-- What is behind the order is what pages are filtered and groups are summed by, so that rows are read for a page alone.
CREATE INDEX alert_by_time ON alert (last, id, level);
CREATE INDEX alert_by_score ON alert (score);
CREATE INDEX alert_by_count ON alert (count);
CREATE INDEX alert_by_what ON alert (what, last, id, count);
CREATE INDEX alert_by_source ON alert (source, last, count);
CREATE INDEX alert_by_target ON alert (target, last, count);

CREATE TABLE verdict (
    id INTEGER PRIMARY KEY,
    last INTEGER NOT NULL,
    first INTEGER NOT NULL,
    source BLOB NOT NULL,
    source_port INTEGER,
    target BLOB NOT NULL,
    target_port INTEGER,
    protocol TEXT NOT NULL,
    service TEXT,
    names TEXT, -- a list, as JSON
    packets_sent INTEGER NOT NULL,
    bytes_sent INTEGER NOT NULL,
    packets_received INTEGER NOT NULL,
    bytes_received INTEGER NOT NULL,
    class TEXT,
    probability REAL,
    quantile REAL,
    score REAL,
    level INTEGER
) STRICT;
CREATE INDEX verdict_by_time ON verdict (last);
CREATE INDEX verdict_by_source ON verdict (source, last);
CREATE INDEX verdict_by_target ON verdict (target, last);
CREATE INDEX verdict_by_port ON verdict (target_port, last);
CREATE INDEX verdict_by_class ON verdict (class, last);

-- Flows of which nothing is said: the same, with nothing in the last five columns.
CREATE TABLE flow (
    id INTEGER PRIMARY KEY,
    last INTEGER NOT NULL,
    first INTEGER NOT NULL,
    source BLOB NOT NULL,
    source_port INTEGER,
    target BLOB NOT NULL,
    target_port INTEGER,
    protocol TEXT NOT NULL,
    service TEXT,
    names TEXT,
    packets_sent INTEGER NOT NULL,
    bytes_sent INTEGER NOT NULL,
    packets_received INTEGER NOT NULL,
    bytes_received INTEGER NOT NULL,
    class TEXT,
    probability REAL,
    quantile REAL,
    score REAL,
    level INTEGER
) STRICT;
CREATE INDEX flow_by_time ON flow (last);
CREATE INDEX flow_by_source ON flow (source, last);
CREATE INDEX flow_by_target ON flow (target, last);
CREATE INDEX flow_by_port ON flow (target_port, last);

CREATE TABLE host (
    address BLOB NOT NULL,
    minute INTEGER NOT NULL,
    score REAL NOT NULL,
    PRIMARY KEY (address, minute)
) STRICT, WITHOUT ROWID;
CREATE INDEX host_by_time ON host (minute);

CREATE TABLE minute (
    minute INTEGER NOT NULL,
    protocol TEXT NOT NULL,
    class TEXT NOT NULL,
    flows INTEGER NOT NULL,
    packets INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    alerts INTEGER NOT NULL,
    PRIMARY KEY (minute, protocol, class)
) STRICT, WITHOUT ROWID;

CREATE TABLE talker (
    hour INTEGER NOT NULL,
    side INTEGER NOT NULL, -- 0 who talked, 1 who was called
    address BLOB NOT NULL,
    flows INTEGER NOT NULL,
    packets INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    PRIMARY KEY (hour, side, address)
) STRICT, WITHOUT ROWID;
