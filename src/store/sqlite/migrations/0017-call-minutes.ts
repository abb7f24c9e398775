export const callMinutes = `
-- What came of the calls of one tool in one minute, later in one hour (step, milliseconds): figures are read from here, so
-- the records need no index, whose upkeep cost more than all the rest of them.
CREATE TABLE call_figures (
  server_id TEXT NOT NULL,
  step INTEGER NOT NULL,
  began_at INTEGER NOT NULL,
  method TEXT NOT NULL,
  -- '' for other methods than tools/call.
  tool TEXT NOT NULL,
  outcomes TEXT NOT NULL,
  latencies TEXT NOT NULL,
  max_ms REAL NOT NULL,
  PRIMARY KEY (server_id, step, began_at, method, tool)
) STRICT, WITHOUT ROWID;
CREATE INDEX call_figures_by_time ON call_figures (step, began_at);
DROP INDEX calls_by_server;
DROP INDEX calls_by_time;
`
