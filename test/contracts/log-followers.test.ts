/** Many follow one log while more comes than they read: what is kept for each is bounded, and who reads misses nothing. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { afterEach, expect, it } from 'vitest'
import type { Access } from '../../src/access/open-access.ts'
import type { Call } from '../../src/api/route.ts'
import { createStreams, joinHistory, renderOnce } from '../../src/api/streams.ts'
import type { LogLine } from '../../src/domain/log-line.ts'
import { createLogFiles } from '../../src/runtime/instance/log-files.ts'
import { createLogger } from '../../src/system/log.ts'
import { createMovableClock } from '../fakes/clock.ts'
import { alice } from '../fakes/hosting.ts'
import { buildServerId } from '../fakes/launch-spec.ts'

const FOLLOWERS = 100
const ID = buildServerId(1)
const HISTORY = 10
const LINE = 'x'.repeat(1000)
const folder = mkdtempSync(join(tmpdir(), 'log-followers-'))
afterEach(() => rmSync(folder, { recursive: true }))

it('R-41: a hundred followers of a flood keep 1 MiB each at most, and one that reads gets every line', async () => {
  const clock = createMovableClock()
  const logs = createLogFiles({
    dir: folder,
    clock,
    logger: createLogger(new PassThrough()),
    maxBytes: 262_144,
  })
  let open = 0
  const joined = new Set<() => void>()
  const never = () => () => true
  const streams = createStreams({
    access: {
      onRevoked: never,
      onLapsed: never,
      sessions: { onEnded: never },
      isCurrent: () => true,
    } as unknown as Access,
    clock,
    closing: new AbortController().signal,
    maxStreams: { perPrincipal: 200, total: 200 },
    metrics: {
      noteStreams: (total) => void (open = total),
      isPublic: false,
      read: async () => ({ contentType: '', body: '' }),
      noteServed() {},
      noteLimited() {},
    },
  })
  const render = renderOnce((line: LogLine) => `${JSON.stringify(line)}\n`)
  const follow = () => {
    const request = new Request('http://127.0.0.1/')
    return streams.open({ principal: alice, session: null, request } as unknown as Call, {
      contentType: 'application/x-ndjson',
      heartbeat: '',
      overflow: '',
      async start(push) {
        const stop = await joinHistory<LogLine>({
          read: () => logs.read(ID, { tail: HISTORY }),
          subscribe: (listener) => logs.follow(ID, listener),
          orderOf: ({ seq }) => seq,
          push: (lines) => push(lines.map(render)),
        })
        joined.add(stop)
        return stop
      },
    })
  }
  const silent = Array.from({ length: FOLLOWERS }, follow)
  const reader = follow().body!.getReader()
  const seen: number[] = []
  const reading = (async () => {
    const decoder = new TextDecoder()
    let rest = ''
    for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
      const lines = (rest + decoder.decode(piece.value, { stream: true })).split('\n')
      rest = lines.pop() ?? ''
      seen.push(...lines.map((line) => (JSON.parse(line) as LogLine).seq))
    }
  })()
  expect(open).toBe(FOLLOWERS + 1)
  while (joined.size <= FOLLOWERS) await new Promise((resolve) => setTimeout(resolve, 5))

  for (let n = 0; n < 3000; n++) {
    logs.append(ID, 'stderr', LINE)
    if (n % 100 === 99) await logs.read(ID, { tail: 1 })
  }
  const [last] = await logs.read(ID, { tail: 1 })
  // Those that do not read were let go: nothing more is kept for them.
  expect(open).toBe(1)
  for (const response of silent) {
    const text = await response.text()
    expect(text.length).toBeGreaterThan(900_000)
    // Beside what was kept already, which comes at once, and the line that made it too much.
    expect(text.length).toBeLessThanOrEqual(1024 * 1024 + (HISTORY + 2) * (LINE.length + 100))
    expect(text.endsWith('\n')).toBe(true)
  }
  await reader.cancel()
  await reading
  expect(seen.at(-1)).toBe(last?.seq)
  expect(seen).toEqual(seen.map((_, index) => index + 1))
  expect(open).toBe(0)
  await logs.close()
})
