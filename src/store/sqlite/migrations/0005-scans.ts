/** Scans: what a version keeps of its own, its findings, what was looked at before, and what no longer counts. */
export const scans = `
ALTER TABLE versions ADD COLUMN scan TEXT;
ALTER TABLE versions ADD COLUMN review TEXT;

CREATE TABLE findings (
  version_id TEXT NOT NULL REFERENCES versions (id) ON DELETE CASCADE,
  fingerprint TEXT NOT NULL,
  finding TEXT NOT NULL,
  PRIMARY KEY (version_id, fingerprint)
) STRICT;

CREATE TABLE scans (
  source_hash TEXT NOT NULL,
  rule_set TEXT NOT NULL,
  report TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (source_hash, rule_set)
) STRICT;

CREATE TABLE suppressions (
  fingerprint TEXT PRIMARY KEY,
  reason TEXT NOT NULL,
  created_by TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT;
`
