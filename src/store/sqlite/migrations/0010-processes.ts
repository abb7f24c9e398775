/** Which of a server's processes an instance is; there was only the main one before. */
export const processes = `
ALTER TABLE ledger ADD COLUMN process_key TEXT NOT NULL
  DEFAULT '{"era":"legacy","capabilities":"","owner":null,"member":0}';
`
