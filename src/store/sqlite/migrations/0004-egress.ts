/** What each server reached and was refused, by place. */
export const egress = `
CREATE TABLE egress (
  server_id TEXT NOT NULL REFERENCES servers (id) ON DELETE CASCADE,
  host TEXT NOT NULL,
  port INTEGER NOT NULL,
  sent_bytes INTEGER NOT NULL,
  received_bytes INTEGER NOT NULL,
  connections INTEGER NOT NULL,
  refused INTEGER NOT NULL,
  last_reason TEXT,
  first_at INTEGER NOT NULL,
  last_at INTEGER NOT NULL,
  PRIMARY KEY (server_id, host, port)
) STRICT;
`
