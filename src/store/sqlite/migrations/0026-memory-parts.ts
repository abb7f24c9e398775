/**
 * The index of words takes `bash-toolbox` for two: each of them finds it, and both in a row, as the question has them,
 * are still what stands there.
 */
export const memoryParts = `
DROP TRIGGER memories_added;
DROP TRIGGER memories_removed;
DROP TABLE memories_words;
DROP TABLE memories_fts;
CREATE VIRTUAL TABLE memories_fts USING fts5(
  content, context, tags, content = 'memories', content_rowid = 'rid',
  tokenize = 'porter unicode61 remove_diacritics 2'
);
CREATE VIRTUAL TABLE memories_words USING fts5vocab(memories_fts, row);
INSERT INTO memories_fts (memories_fts) VALUES ('rebuild');
CREATE TRIGGER memories_added AFTER INSERT ON memories BEGIN
  INSERT INTO memories_fts (rowid, content, context, tags) VALUES (new.rid, new.content, new.context, new.tags);
END;
CREATE TRIGGER memories_removed AFTER DELETE ON memories BEGIN
  INSERT INTO memories_fts (memories_fts, rowid, content, context, tags)
    VALUES ('delete', old.rid, old.content, old.context, old.tags);
  DELETE FROM memory_tags WHERE rid = old.rid;
END;
`
