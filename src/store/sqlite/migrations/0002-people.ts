export const people = `
CREATE TABLE users (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  role TEXT NOT NULL,
  password_hash TEXT,
  -- JSON {issuer, subject} in one fixed order, so that the index makes the pair unique.
  identity TEXT UNIQUE,
  created_at INTEGER NOT NULL,
  created_by TEXT NOT NULL,
  last_login_at INTEGER
) STRICT;

CREATE TABLE login_sessions (
  id TEXT PRIMARY KEY,
  hash TEXT NOT NULL UNIQUE,
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  created_at INTEGER NOT NULL,
  last_used_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  ip TEXT,
  user_agent TEXT
) STRICT;
`
