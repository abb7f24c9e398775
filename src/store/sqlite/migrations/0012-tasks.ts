/** Tasks of servers of 2026-07-28: whose each is, and which process has it. */
export const tasks = `
CREATE TABLE tasks (
  server_id TEXT NOT NULL REFERENCES servers (id) ON DELETE CASCADE,
  task_id TEXT NOT NULL,
  principal_id TEXT NOT NULL,
  process_key TEXT NOT NULL,
  tool TEXT,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  PRIMARY KEY (server_id, task_id)
) STRICT;
CREATE INDEX tasks_by_age ON tasks (expires_at);
`
