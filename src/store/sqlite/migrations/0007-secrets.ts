export const secrets = `
-- Of each secret the one in force, and those replaced ones that a running instance still holds.
CREATE TABLE secrets (
  server_id TEXT NOT NULL REFERENCES servers (id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  version INTEGER NOT NULL,
  delivery TEXT NOT NULL,
  key_id TEXT NOT NULL,
  wrapped_key BLOB NOT NULL,
  sealed BLOB NOT NULL,
  fingerprint TEXT NOT NULL,
  in_use INTEGER NOT NULL,
  retired_at INTEGER,
  created_at INTEGER NOT NULL,
  created_by TEXT NOT NULL,
  PRIMARY KEY (server_id, name, version)
) STRICT;

-- One row, which says which key opens all the others.
CREATE TABLE vault (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  key_id TEXT NOT NULL,
  fingerprint_key BLOB NOT NULL
) STRICT;
`
