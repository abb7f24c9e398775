/** Servers whose manifest beside the stored versions is behind the database; written with the change itself. */
export const manifestChanges = `
CREATE TABLE manifest_changes (
  server_id TEXT PRIMARY KEY,
  changes INTEGER NOT NULL
) STRICT;
`
