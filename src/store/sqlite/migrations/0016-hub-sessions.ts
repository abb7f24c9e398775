export const hubSessions = `
-- NULL where the session is the hub's: then it belongs to no one server. A column's NOT NULL can only go with the table.
CREATE TABLE sessions_of_any (
  id TEXT PRIMARY KEY,
  principal_id TEXT NOT NULL,
  server_id TEXT REFERENCES servers (id) ON DELETE CASCADE,
  protocol_version TEXT NOT NULL,
  initialize_params TEXT NOT NULL,
  log_level TEXT,
  subscriptions TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  last_used_at INTEGER NOT NULL,
  process_key TEXT,
  instance_id TEXT
) STRICT;
INSERT INTO sessions_of_any SELECT id, principal_id, server_id, protocol_version, initialize_params, log_level,
  subscriptions, created_at, last_used_at, process_key, instance_id FROM sessions;
DROP TABLE sessions;
ALTER TABLE sessions_of_any RENAME TO sessions;
`
