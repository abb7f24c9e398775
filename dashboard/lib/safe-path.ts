/** An address of this dashboard, or the overview: what stands in a link must not lead elsewhere. */
export function parseReturnTo(text: string | undefined): string {
  return text !== undefined && /^\/(?![/\\])[\x21-\x5b\x5d-\x7e]*$/.test(text) && !text.startsWith('/login')
    ? text
    : '/'
}
