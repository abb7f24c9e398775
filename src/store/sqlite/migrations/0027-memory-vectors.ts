/** What memories mean, where a model says so; `id` rises, so that a reader finds what is new. */
export const memoryVectors = `
CREATE TABLE memory_vectors (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  rid INTEGER NOT NULL UNIQUE,
  -- Model and dimensions: vectors of different ones are never mixed.
  space TEXT NOT NULL,
  e BLOB NOT NULL
) STRICT;
CREATE INDEX memory_vectors_space ON memory_vectors (space, id);
CREATE TRIGGER memories_removed_vector AFTER DELETE ON memories BEGIN
  DELETE FROM memory_vectors WHERE rid = old.rid;
END;
`
