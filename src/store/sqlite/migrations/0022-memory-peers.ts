/** Memories on their way to others: what waits for a hub, and what other platforms may pull. */
export const memoryPeers = `
-- Who wrote it last, and when, in the order of causes (milliseconds * 1024 + counter); 0: before there was one.
ALTER TABLE memories ADD COLUMN origin TEXT NOT NULL DEFAULT '';
ALTER TABLE memories ADD COLUMN hlc INTEGER NOT NULL DEFAULT 0;

-- What may leave: each row says that a memory is as it now stands in memories, or that it is gone.
CREATE TABLE memory_ops (
  origin TEXT NOT NULL,
  seq INTEGER NOT NULL,
  hlc INTEGER NOT NULL,
  op TEXT NOT NULL,
  id TEXT NOT NULL,
  PRIMARY KEY (origin, seq)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX memory_ops_id ON memory_ops (id, origin);

-- How far each origin is known here.
CREATE TABLE memory_origins (origin TEXT PRIMARY KEY, seq INTEGER NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE memory_outbox (
  peer TEXT NOT NULL,
  event_id TEXT NOT NULL,
  category TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  attempt INTEGER NOT NULL DEFAULT 0,
  next_at INTEGER NOT NULL DEFAULT 0,
  state TEXT NOT NULL DEFAULT 'waiting',
  error TEXT,
  PRIMARY KEY (peer, event_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE memory_peers (
  peer TEXT PRIMARY KEY,
  filled_at INTEGER NOT NULL,
  sent INTEGER NOT NULL DEFAULT 0,
  dropped INTEGER NOT NULL DEFAULT 0,
  told INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
`
