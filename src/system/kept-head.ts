/**
 * The head of an answer in JSON that is nothing special, as node:http wrote it last: within one second it is the same
 * text for each of them but for the length, and writing it costs a call more than parsing its message.
 */
import type { ServerResponse } from 'node:http'
import { systemClock } from './clock.ts'

/** Where node:http keeps a head until the first part of the body goes out with it. */
type Headed = { _header: string | null }

type Kept = { readonly second: number; readonly before: string; readonly after: string }

let kept: Kept | null = null

/** Status 200, whatever else was set on the answer stays. @param length of the body, bytes */
export function writeJsonHead(res: ServerResponse, length: number, now = systemClock.now()): void {
  const second = Math.floor(now / 1000)
  const isPlain = res.req.method === 'POST' && res.shouldKeepAlive && res.getHeaderNames().length === 0
  const headed = res as unknown as Headed
  if (isPlain && kept !== null && kept.second === second) {
    headed._header = kept.before + String(length) + kept.after
    return
  }
  res.writeHead(200, ['Content-Type', 'application/json', 'Content-Length', String(length)])
  if (isPlain) kept = cut(headed._header, second)
}

/** Null: it does not look as expected, so that nothing of it is kept. */
function cut(head: string | null, second: number): Kept | null {
  const found =
    /^(HTTP\/1\.1 200 OK\r\nContent-Type: application\/json\r\nContent-Length: )\d+(\r\n[^]*\r\n\r\n)$/.exec(
      head ?? '',
    )
  const [, before, after] = found ?? []
  return before === undefined || after === undefined ? null : { second, before, after }
}
