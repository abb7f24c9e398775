/** Trouble with its timeline, what was changed about servers, and how far events were read for both. */
export const incidents = `
CREATE TABLE incidents (
  id TEXT PRIMARY KEY,
  server_id TEXT NOT NULL,
  opened_at INTEGER NOT NULL,
  -- NULL: it is open.
  resolved_at INTEGER,
  body TEXT NOT NULL
) STRICT;
CREATE INDEX incidents_server ON incidents (server_id, resolved_at);
CREATE INDEX incidents_open ON incidents (id) WHERE resolved_at IS NULL;
CREATE TABLE server_changes (
  server_id TEXT NOT NULL,
  event_id INTEGER NOT NULL,
  at INTEGER NOT NULL,
  kind TEXT NOT NULL,
  text TEXT NOT NULL,
  actor TEXT NOT NULL,
  PRIMARY KEY (server_id, event_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE incident_cursor (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  event_id INTEGER NOT NULL
) STRICT;
`
