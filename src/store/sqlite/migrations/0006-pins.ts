/** What each version was seen to define, and what it defines otherwise since. */
export const pins = `
CREATE TABLE pins (
  version_id TEXT PRIMARY KEY REFERENCES versions (id) ON DELETE CASCADE,
  definitions TEXT NOT NULL,
  drift TEXT NOT NULL,
  pinned_at INTEGER NOT NULL,
  pinned_by TEXT NOT NULL
) STRICT;
`
