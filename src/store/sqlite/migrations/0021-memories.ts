/** What the platform remembers, and the index of its words, kept by triggers. */
export const memories = `
CREATE TABLE memories (
  rid INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  content TEXT NOT NULL,
  context TEXT NOT NULL DEFAULT '',
  category TEXT NOT NULL,
  kind TEXT NOT NULL,
  server TEXT,
  node_id TEXT NOT NULL,
  actor TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  expires_at INTEGER,
  deleted_at INTEGER,
  severity INTEGER,
  importance REAL NOT NULL DEFAULT 0.5,
  confidentiality INTEGER NOT NULL DEFAULT 0,
  share INTEGER NOT NULL DEFAULT 1,
  fingerprint TEXT,
  occurrences INTEGER NOT NULL DEFAULT 1,
  last_seen INTEGER NOT NULL,
  tags TEXT NOT NULL DEFAULT '',
  data TEXT NOT NULL DEFAULT '{}'
) STRICT;
CREATE INDEX memories_seen ON memories (last_seen DESC) WHERE deleted_at IS NULL;
CREATE INDEX memories_category ON memories (category, last_seen DESC) WHERE deleted_at IS NULL;
CREATE INDEX memories_server ON memories (server, last_seen DESC) WHERE deleted_at IS NULL;
CREATE INDEX memories_kind ON memories (kind, last_seen DESC) WHERE deleted_at IS NULL;
CREATE UNIQUE INDEX memories_fingerprint ON memories (fingerprint)
  WHERE fingerprint IS NOT NULL AND deleted_at IS NULL;

CREATE TABLE memory_tags (
  tag TEXT NOT NULL,
  rid INTEGER NOT NULL,
  PRIMARY KEY (tag, rid)
) STRICT, WITHOUT ROWID;

CREATE VIRTUAL TABLE memories_fts USING fts5(
  content, context, tags, content = 'memories', content_rowid = 'rid',
  tokenize = "porter unicode61 remove_diacritics 2 tokenchars '_-'"
);
CREATE VIRTUAL TABLE memories_words USING fts5vocab(memories_fts, row);
CREATE TRIGGER memories_added AFTER INSERT ON memories BEGIN
  INSERT INTO memories_fts (rowid, content, context, tags) VALUES (new.rid, new.content, new.context, new.tags);
END;
CREATE TRIGGER memories_removed AFTER DELETE ON memories BEGIN
  INSERT INTO memories_fts (memories_fts, rowid, content, context, tags)
    VALUES ('delete', old.rid, old.content, old.context, old.tags);
  DELETE FROM memory_tags WHERE rid = old.rid;
END;

-- Memories of one server (or of none) on one day, as far as events made them.
CREATE TABLE memory_counts (
  day INTEGER NOT NULL,
  server TEXT NOT NULL,
  n INTEGER NOT NULL,
  PRIMARY KEY (day, server)
) STRICT, WITHOUT ROWID;

-- Events whose memory could not be written with them: it follows.
CREATE TABLE memory_pending (event_id INTEGER PRIMARY KEY) STRICT;
`
