export const sessionProcesses = `
-- JSON of the key of the process that serves the session; NULL for sessions of before, which have the common one.
ALTER TABLE sessions ADD COLUMN process_key TEXT;
`
