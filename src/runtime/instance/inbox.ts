/** What an instance writes to stdout, as parsed messages; everything else is noise or the end of the connection. */
import type { Readable } from 'node:stream'
import { decodeJson, isJsonObject, isNestedBeyond, type Json, type JsonObject } from '../../domain/json.ts'
import { readFairly } from './read-fairly.ts'
import { createLineSplitter, MAX_LINE_BYTES, type LongLine } from './line-splitter.ts'

export type InboxHandlers = {
  readonly onMessage: (message: JsonObject, line: string) => void
  /** A line that is no JSON object (or array of them). */
  readonly onNoise: (line: string, cut?: boolean) => void
  readonly onOverflow: (detail: string) => void
  readonly onError: (error: Error) => void
  /** A handler threw: that is the platform's defect, not the instance's. */
  readonly onDefect: (error: unknown) => void
}

export type Inbox = { close(): void }

/** @param adopted the first line may be the rest of one that a dead daemon half read; it is then dropped. */
export function createInbox(stdout: Readable, adopted: boolean, handlers: InboxHandlers): Inbox {
  let maybeCut = adopted

  const onLine = (line: string) => {
    const message = flatten(parseLine(line), line)
    // The tail of an object is never a whole one, so a cut line cannot pass for a message.
    const cut = maybeCut && message === undefined
    maybeCut = false
    if (cut || (message === undefined && line.trim() === '')) return
    try {
      if (isJsonObject(message)) handlers.onMessage(message, line)
      else if (Array.isArray(message) && message.every(isJsonObject)) {
        // Revision 2025-03-26 lets a server answer in batches.
        for (const part of message) handlers.onMessage(part, line)
      } else handlers.onNoise(line)
    } catch (error) {
      handlers.onDefect(error)
    }
  }

  // A client decides how large an answer gets: it must not thereby end the server of all the others.
  const onLongLine = (line: LongLine) => {
    maybeCut = false
    const id = findId(line)
    if (id === null)
      return handlers.onNoise(`A message of more than ${MAX_MIB} MiB was left out: ${line.head}`, true)
    try {
      handlers.onMessage(buildRefusal(id, `is larger than ${MAX_MIB} MiB`), line.head)
    } catch (error) {
      handlers.onDefect(error)
    }
  }

  const splitter = createLineSplitter({
    onLine,
    onLongLine,
    onOverflow: () => handlers.onOverflow(`It wrote a line of more than ${MAX_MIB} MiB to standard output.`),
  })
  stdout.on('error', handlers.onError)
  return { close: readFairly(stdout, (chunk) => splitter.push(chunk)) }
}

/** JSON.parse takes any depth; JSON.stringify and every walk over a message end at the size of the stack. */
const MAX_DEPTH = 1000

/** Of a message that could not be written again, what its caller waits for; nothing of one that nobody waits for. */
function flatten(message: Json | undefined, line: string): Json | undefined {
  if (message === undefined || !isNestedBeyond(line, MAX_DEPTH)) return message
  const { id, method } = isJsonObject(message) ? message : {}
  if (method !== undefined || (typeof id !== 'number' && typeof id !== 'string')) return undefined
  return buildRefusal(id, `is nested deeper than ${MAX_DEPTH} levels`)
}

const MAX_MIB = MAX_LINE_BYTES / 1024 / 1024
const HEAD_ID = /^\{\s*(?:"jsonrpc"\s*:\s*"2\.0"\s*,\s*)?"id"\s*:\s*(\d{1,16})\s*,/
/** Not in a string, whose quotes would be escaped, nor deeper, where more than one brace would follow. */
const TAIL_ID = /(?:\}|"2\.0")\s*,\s*"id"\s*:\s*(\d{1,16})\s*(?:,\s*"jsonrpc"\s*:\s*"2\.0"\s*)?\}\s*$/

/** The id of an answer that was not kept, where servers' libraries put it: first, or last. */
function findId({ head, tail }: LongLine): number | null {
  const found = HEAD_ID.exec(head)?.[1] ?? TAIL_ID.exec(tail)?.[1]
  return found === undefined ? null : Number(found)
}

function buildRefusal(id: string | number, why: string): JsonObject {
  return { jsonrpc: '2.0', id, error: { code: -32603, message: `The server's answer ${why}` } }
}

const MAY_BE_MESSAGE = /^\uFEFF?\s*[{[]/

function parseLine(line: string): Json | undefined {
  // A thrown SyntaxError costs more than a whole message: noise is told by its first character.
  if (!MAY_BE_MESSAGE.test(line)) return undefined
  return decodeJson(line.charCodeAt(0) === 0xfeff ? line.slice(1) : line)
}
