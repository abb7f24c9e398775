export const parks = `
-- Calls that wait for their clients' answers; gone as soon as they go on.
CREATE TABLE parks (
  handle TEXT PRIMARY KEY,
  principal_id TEXT NOT NULL,
  server_id TEXT NOT NULL REFERENCES servers (id) ON DELETE CASCADE,
  expires_at INTEGER NOT NULL,
  sealed TEXT NOT NULL
) STRICT;
`
