/** Append-only: a row leaves only when a closed segment holds it, and is never changed. */
export const audit = `
CREATE TABLE audit (
  seq INTEGER PRIMARY KEY,
  ts TEXT NOT NULL,
  actor TEXT NOT NULL,
  via TEXT NOT NULL,
  ip TEXT,
  action TEXT NOT NULL,
  resource TEXT,
  outcome TEXT NOT NULL,
  request_id TEXT,
  details TEXT NOT NULL,
  prev_hash TEXT NOT NULL,
  hash TEXT NOT NULL
) STRICT;

CREATE TABLE audit_segments (
  first_seq INTEGER PRIMARY KEY,
  last_seq INTEGER NOT NULL,
  prev_hash TEXT NOT NULL,
  last_hash TEXT NOT NULL,
  file TEXT NOT NULL
) STRICT;

CREATE TRIGGER audit_keeps_rows BEFORE DELETE ON audit
WHEN NOT EXISTS (SELECT 1 FROM audit_segments WHERE OLD.seq BETWEEN first_seq AND last_seq)
BEGIN SELECT RAISE(ABORT, 'audit records are never deleted'); END;

CREATE TRIGGER audit_keeps_content BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'audit records are never changed'); END;

CREATE TRIGGER audit_segments_keeps_rows BEFORE DELETE ON audit_segments
BEGIN SELECT RAISE(ABORT, 'audit segments are never deleted'); END;

CREATE TRIGGER audit_segments_keeps_content BEFORE UPDATE ON audit_segments
BEGIN SELECT RAISE(ABORT, 'audit segments are never changed'); END;
`
