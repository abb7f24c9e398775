/** Whom to tell, what there is to tell, and what became of it: an outbox that is its own log. */
export const notifications = `
CREATE TABLE notification_channels (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL,
  shown TEXT NOT NULL,
  -- The target, sealed under the platform's key.
  sealed BLOB NOT NULL,
  -- {isEnabled, topics, servers, minUrgency, maxPerHour, quiet}
  settings TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  created_by TEXT NOT NULL
) STRICT;
CREATE TABLE notices (
  id TEXT PRIMARY KEY,
  channel_id TEXT NOT NULL REFERENCES notification_channels (id) ON DELETE CASCADE,
  key TEXT NOT NULL,
  thread TEXT,
  step TEXT NOT NULL,
  topic TEXT NOT NULL,
  urgency TEXT NOT NULL,
  server TEXT,
  title TEXT NOT NULL,
  text TEXT NOT NULL,
  at INTEGER NOT NULL,
  state TEXT NOT NULL,
  attempts INTEGER NOT NULL,
  next_at INTEGER NOT NULL,
  ended_at INTEGER,
  message_id TEXT,
  error TEXT,
  UNIQUE (channel_id, key)
) STRICT;
CREATE INDEX notices_due ON notices (channel_id, next_at) WHERE state = 'waiting';
CREATE INDEX notices_by_thread ON notices (thread, channel_id, at);
CREATE INDEX notices_by_end ON notices (ended_at);
CREATE TABLE notice_cursor (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  event_id INTEGER NOT NULL
) STRICT;
`
