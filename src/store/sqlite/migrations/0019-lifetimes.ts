export const lifetimes = `
-- JSON; NULL for a server that is hosted for good, as all were.
ALTER TABLE servers ADD COLUMN lifetime TEXT;
`
