/** SQL as a module, so that it is found from the sources and from the package alike. Never edited once released. */
export const initial = `
CREATE TABLE meta (
  key TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT;

CREATE TABLE servers (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  desired TEXT NOT NULL,
  active_version TEXT,
  uid INTEGER,
  overrides TEXT NOT NULL,
  last_state TEXT NOT NULL,
  restarts INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;

-- No foreign key: a uid stays taken until the files it owns are gone, which is after its server's row.
CREATE TABLE uids (
  uid INTEGER PRIMARY KEY,
  server_id TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE versions (
  id TEXT PRIMARY KEY,
  server_id TEXT NOT NULL REFERENCES servers (id) ON DELETE CASCADE,
  number INTEGER NOT NULL,
  tree_hash TEXT NOT NULL,
  archive_hash TEXT NOT NULL,
  archive_format TEXT NOT NULL,
  archive_bytes INTEGER NOT NULL,
  config TEXT NOT NULL,
  detection TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  created_by TEXT NOT NULL,
  UNIQUE (server_id, number)
) STRICT;

CREATE TABLE operations (
  id TEXT PRIMARY KEY,
  kind TEXT NOT NULL,
  server TEXT NOT NULL,
  server_id TEXT,
  version_id TEXT,
  replaces TEXT,
  status TEXT NOT NULL,
  actor TEXT NOT NULL,
  stages TEXT NOT NULL,
  error TEXT,
  created_at INTEGER NOT NULL,
  ended_at INTEGER
) STRICT;
CREATE INDEX operations_by_server ON operations (server, created_at);
CREATE INDEX operations_running ON operations (status) WHERE status = 'running';

CREATE TABLE events (
  id INTEGER PRIMARY KEY,
  time INTEGER NOT NULL,
  actor TEXT NOT NULL,
  event TEXT NOT NULL
) STRICT;

CREATE TABLE sessions (
  id TEXT PRIMARY KEY,
  principal_id TEXT NOT NULL,
  server_id TEXT NOT NULL REFERENCES servers (id) ON DELETE CASCADE,
  protocol_version TEXT NOT NULL,
  initialize_params TEXT NOT NULL,
  log_level TEXT,
  subscriptions TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  last_used_at INTEGER NOT NULL
) STRICT;

CREATE TABLE tokens (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  hash TEXT NOT NULL UNIQUE,
  grants TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  created_by TEXT NOT NULL,
  expires_at INTEGER,
  last_used_at INTEGER
) STRICT;

-- No foreign key: a row names a process, and that may outlive everything else we know.
CREATE TABLE ledger (
  instance_id TEXT PRIMARY KEY,
  server_id TEXT NOT NULL,
  version_id TEXT NOT NULL,
  token TEXT NOT NULL UNIQUE,
  backend TEXT NOT NULL,
  pid INTEGER,
  start_time INTEGER,
  boot_id TEXT NOT NULL,
  run_dir TEXT NOT NULL,
  cgroup TEXT,
  enforcement TEXT,
  initialize_result TEXT,
  created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE calls (
  server_id TEXT NOT NULL,
  principal_id TEXT NOT NULL,
  method TEXT NOT NULL,
  tool TEXT,
  protocol_version TEXT NOT NULL,
  outcome TEXT NOT NULL,
  started_at INTEGER NOT NULL,
  milliseconds REAL NOT NULL
) STRICT;
CREATE INDEX calls_by_time ON calls (started_at);
`
