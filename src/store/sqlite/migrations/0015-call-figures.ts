export const callFigures = `
-- Finds a call in the logs and traces of others; NULL for calls of before.
ALTER TABLE calls ADD COLUMN trace_id TEXT;
-- The figures of one server, without a look at the calls of others.
CREATE INDEX calls_by_server ON calls (server_id, started_at);
`
