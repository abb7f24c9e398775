/** A version may define other things to clients that can do more: what it is held to is kept for each kind of process. */
export const pinFacets = `
CREATE TABLE pins_by_facet (
  version_id TEXT NOT NULL REFERENCES versions (id) ON DELETE CASCADE,
  facet TEXT NOT NULL,
  definitions TEXT NOT NULL,
  drift TEXT NOT NULL,
  pinned_at INTEGER NOT NULL,
  pinned_by TEXT NOT NULL,
  PRIMARY KEY (version_id, facet)
) STRICT;
INSERT INTO pins_by_facet SELECT version_id, '', definitions, drift, pinned_at, pinned_by FROM pins;
DROP TABLE pins;
ALTER TABLE pins_by_facet RENAME TO pins;
`
