/**
 * Words of servers, archives and clients on their way into somebody's chat or mail: one line of bounded length, with
 * nothing unseen, no link to follow and no name to call. Pure.
 */
import { revealText } from '../domain/reveal-text.ts'

const MAX = 300

export function cleanText(text: string, max = MAX): string {
  const line = revealText(text.toWellFormed().replaceAll(/\s+/g, ' ').trim())
  const inert = line
    // Chats and mail programs make links of these by themselves; `@` calls people and makes addresses.
    .replaceAll('://', '[:]//')
    .replaceAll(/\bwww\./gi, 'www[.]')
    .replaceAll('@', '(at)')
  return inert.length > max ? `${inert.slice(0, max).toWellFormed()}…` : inert
}
