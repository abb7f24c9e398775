export const sessionInstances = `
-- The process that the session was opened on; NULL for sessions of before.
ALTER TABLE sessions ADD COLUMN instance_id TEXT;
`
