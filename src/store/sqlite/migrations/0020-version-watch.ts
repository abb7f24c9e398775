/** A version that began to serve and is still watched, one that was left again, and what a deployment changed. */
export const versionWatch = `
-- {versionId, replaces, until}; NULL: nothing is watched.
ALTER TABLE servers ADD COLUMN watch TEXT;
-- {reason, at}; NULL: it did not fail after it had begun to serve.
ALTER TABLE versions ADD COLUMN failure TEXT;
-- How it came in: api or mcp; NULL for versions of before.
ALTER TABLE versions ADD COLUMN created_via TEXT;
-- [{kind, name, change}]; NULL: not compared.
ALTER TABLE operations ADD COLUMN changes TEXT;
`
