/** Visible ASCII with inner blanks as it is; anything else, and what looks encoded already, as base64 of its UTF-8 (R24). */
export function encodeHeaderValue(value: string): string {
  const isPlain = /^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/.test(value)
  const looksEncoded = value.startsWith('=?base64?') && value.endsWith('?=')
  return isPlain && !looksEncoded ? value : `=?base64?${renderBase64(new TextEncoder().encode(value))}?=`
}

/** By what browsers have too: the dashboard's client of MCP mirrors its requests as well. */
function renderBase64(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))
}
