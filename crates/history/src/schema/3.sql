-- When a row was written last, in seconds since 1970: what is old goes by that, and not by times that packets bear. Rows of
-- older files count as written when the file was brought up. Verdicts and flows are too many to be written anew, and go in
-- the order in which they came.
CREATE TABLE brought_up (second INTEGER NOT NULL) STRICT;
INSERT INTO brought_up VALUES (unixepoch());

ALTER TABLE alert ADD COLUMN written INTEGER;
UPDATE alert SET written = unixepoch();
CREATE INDEX alert_by_writing ON alert (written);

ALTER TABLE verdict ADD COLUMN written INTEGER;
ALTER TABLE flow ADD COLUMN written INTEGER;

ALTER TABLE host ADD COLUMN written INTEGER;
UPDATE host SET written = unixepoch();
CREATE INDEX host_by_writing ON host (written);

ALTER TABLE minute ADD COLUMN written INTEGER;
UPDATE minute SET written = unixepoch();
CREATE INDEX minute_by_writing ON minute (written);

ALTER TABLE talker ADD COLUMN written INTEGER;
UPDATE talker SET written = unixepoch();
CREATE INDEX talker_by_writing ON talker (written);
