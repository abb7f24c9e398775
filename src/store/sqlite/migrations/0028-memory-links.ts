/** What one memory has to do with another; a link ends with the memory that made it. */
export const memoryLinks = `
CREATE TABLE memory_links (
  src TEXT NOT NULL,
  rel TEXT NOT NULL,
  dst TEXT NOT NULL,
  PRIMARY KEY (src, rel, dst)
) STRICT, WITHOUT ROWID;
CREATE INDEX memory_links_back ON memory_links (dst);
CREATE TRIGGER memories_removed_links AFTER DELETE ON memories BEGIN
  DELETE FROM memory_links WHERE src = old.id;
END;
`
