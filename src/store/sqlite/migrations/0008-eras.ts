/** Which generations of the protocol a version was seen to speak; null: not known for sure. */
export const eras = `
ALTER TABLE versions ADD COLUMN eras TEXT;
`
