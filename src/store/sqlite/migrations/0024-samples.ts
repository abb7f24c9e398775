/** What was measured of servers: the last steps row by row, all before in blocks, and each day of a version in one row. */
export const samples = `
-- By time, so that the steps of all servers at one time are written side by side.
CREATE TABLE samples (
  at INTEGER NOT NULL,
  server_id TEXT NOT NULL,
  figures TEXT NOT NULL,
  PRIMARY KEY (at, server_id)
) STRICT, WITHOUT ROWID;

-- Steps of one server and one grain (step, seconds), compressed column by column.
CREATE TABLE sample_blocks (
  server_id TEXT NOT NULL,
  step INTEGER NOT NULL,
  from_at INTEGER NOT NULL,
  rows BLOB NOT NULL,
  UNIQUE (server_id, step, from_at)
) STRICT;
CREATE INDEX sample_blocks_by_age ON sample_blocks (step, from_at);

CREATE TABLE profiles (
  server_id TEXT NOT NULL,
  day INTEGER NOT NULL,
  version_id TEXT NOT NULL,
  profile TEXT NOT NULL,
  PRIMARY KEY (server_id, day, version_id)
) STRICT, WITHOUT ROWID;

-- One series is the machine's, so no key refers to the servers.
CREATE TRIGGER servers_removed_samples AFTER DELETE ON servers BEGIN
  DELETE FROM samples WHERE server_id = old.id;
  DELETE FROM sample_blocks WHERE server_id = old.id;
  DELETE FROM profiles WHERE server_id = old.id;
END;
`
