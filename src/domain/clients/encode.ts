/** The few encodings that links and entries of clients are made of. */
import type { Json, JsonObject } from '../json.ts'
import { TOKEN_PLACE, TOKEN_VARIABLE, type ConnectTarget } from './client.ts'

export const encodeText = encodeURIComponent

export function encodeBase64(value: Json): string {
  return Buffer.from(JSON.stringify(value)).toString('base64')
}

/** @param reference how the client writes a variable of its environment; null: it knows no such thing */
export function buildHeaders(reference: string | null): JsonObject {
  return { Authorization: `Bearer ${reference ?? TOKEN_PLACE}` }
}

/** `${NAME}`, as shells and most clients write it. */
export const SHELL_REFERENCE = `\${${TOKEN_VARIABLE}}`
/** `${env:NAME}`, as editors do. */
export const EDITOR_REFERENCE = `\${env:${TOKEN_VARIABLE}}`

/** For a client that only starts programs. */
export function buildBridge({ bridge, platformUrl }: ConnectTarget): JsonObject {
  return {
    command: 'haivemind',
    args: ['connect', ...bridge],
    env: { HAIVEMIND_URL: platformUrl, [TOKEN_VARIABLE]: TOKEN_PLACE },
  }
}

const PLAIN_WORD = /^[A-Za-z0-9_@%+=:,./-]+$/

/** As somebody types it into a shell of the Bourne family. Words with `$` are quoted so that the variable counts. */
export function renderCommand(argv: readonly string[]): string {
  return argv.map(quoteWord).join(' ')
}

function quoteWord(word: string): string {
  if (PLAIN_WORD.test(word)) return word
  const withoutReference = word.replace(`$${TOKEN_VARIABLE}`, '')
  if (withoutReference !== word && !/["\\`$!]/.test(withoutReference)) return `"${word}"`
  return `'${word.replaceAll("'", String.raw`'\''`)}'`
}
