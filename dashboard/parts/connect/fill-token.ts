import { TOKEN_PLACE } from '../../../src/domain/clients/client.ts'

/** For the clipboard alone: what is shown keeps the place empty. Null where there is none. */
export function fillToken(text: string, token: string): string | null {
  return text.includes(TOKEN_PLACE) ? text.split(TOKEN_PLACE).join(token) : null
}
