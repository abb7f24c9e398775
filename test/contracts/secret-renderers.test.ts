/**
 * Whatever a server prints of its secrets, in whatever usual encoding, cut into whatever chunks: nothing that is stored or
 * shown of it gives them away. The judge decodes by itself and knows nothing of how the platform looks for them.
 */
import { buildNoHealth } from '../../src/domain/health.ts'
import { FOR_GOOD } from '../../src/domain/lifetime.ts'
import { PassThrough, Writable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { buildProblemResponse } from '../../src/api/problem.ts'
import { renderEvent } from '../../src/api/render-event.ts'
import { renderServer } from '../../src/api/render-server.ts'
import { createKnownSecrets } from '../../src/domain/known-secrets.ts'
import { buildRedactor } from '../../src/domain/redaction.ts'
import { Secret } from '../../src/domain/secret.ts'
import { buildMainKey } from '../../src/domain/process-key.ts'
import type { ServerState } from '../../src/domain/server-state.ts'
import { assertRunning } from '../../src/hosting/run-server.ts'
import { buildExit } from '../../src/runtime/instance/exit/build-exit.ts'
import { buildLogMask } from '../../src/runtime/instance/log-mask.ts'
import { openStreams } from '../../src/runtime/instance/open-streams.ts'
import { systemClock } from '../../src/system/clock.ts'
import { createLogger } from '../../src/system/log.ts'
import { silent } from '../fakes/hosting.ts'
import { FIXTURE_CONFIG } from '../fakes/launch-spec.ts'

/** The same numbers each time (mulberry32). */
function createRandom(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}
type Random = ReturnType<typeof createRandom>

const ALPHABETS = [
  'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789',
  '0123456789',
  'aB3+/=_-.~ !*\'()"\\%&?#@:;,<>{}[]$^|`',
  'aé日本語ß😀b"\\/ ',
]

function makeText(
  random: Random,
  length: number,
  alphabet = ALPHABETS[random(ALPHABETS.length)] ?? 'a',
): string {
  const characters = Array.from(alphabet)
  return Array.from({ length }, () => characters[random(characters.length)] ?? 'a').join('')
}

const ENCODERS: readonly ((value: string, random: Random) => string)[] = [
  (value) => value,
  (value) => JSON.stringify({ key: value }),
  (value) => JSON.stringify(JSON.stringify([value])),
  (value) => encodeURIComponent(value),
  (value) => `https://example.org/?${new URLSearchParams({ key: value }).toString()}`,
  (value) => encodeURI(value),
  (value) => Buffer.from(value).toString('hex'),
  (value) => Buffer.from(value).toString('hex').toUpperCase(),
  (value, random) =>
    Buffer.from(makeText(random, random(5)) + value + makeText(random, random(5))).toString('base64'),
  (value, random) => Buffer.from(makeText(random, random(5)) + value).toString('base64url'),
  (value) => `ModuleNotFoundError: No module named '${value}'`,
  (value) => `bash: line 1: ${value}: command not found`,
]

/** Decodes what it can, each way alone and again on top of another. */
function reveals(text: string, value: string): boolean {
  const unescape = (from: string) =>
    from.replace(/\\(?:u([0-9a-f]{4})|(.))/gi, (_, code: string | undefined, plain: string | undefined) =>
      code === undefined ? (plain ?? '') : String.fromCharCode(Number.parseInt(code, 16)),
    )
  const unquote = (from: string) =>
    from.replace(/(?:%[0-9a-f]{2})+/gi, (codes) =>
      Buffer.from(codes.replaceAll('%', ''), 'hex').toString('utf8'),
    )
  const texts = [
    text,
    unescape(text),
    unescape(unescape(text)),
    unquote(text),
    unquote(text.replaceAll('+', ' ')),
  ]
  if (texts.some((each) => each.includes(value))) return true
  const bytes = Buffer.from(value)
  const runs = (pattern: RegExp, offsets: number, encoding: 'hex' | 'base64') =>
    [...text.matchAll(pattern)].some(([run]) =>
      Array.from({ length: offsets }, (_, at) => Buffer.from(run.slice(at), encoding)).some((decoded) =>
        decoded.includes(bytes),
      ),
    )
  return runs(/[0-9a-f]{12,}/gi, 2, 'hex') || runs(/[\w+/-]{8,}/g, 4, 'base64')
}

/** One life of a server that leaks, and all that the platform would keep and show of it. */
async function collect(value: string, random: Random): Promise<{ given: string[]; shown: string[] }> {
  const secret = { name: 'KEY', version: 1, value: new Secret(value), as: 'environment' as const }
  const shown: string[] = []
  const stdout = new PassThrough()
  const stderr = new PassThrough()
  const mask = buildLogMask({ secrets: [secret], config: FIXTURE_CONFIG })
  const streams = openStreams(
    {
      logs: {
        append: (_id, _stream, text) => void shown.push(text),
        offer: (_id, _stream, _bytes, read) => void shown.push(read()),
      },
      clock: systemClock,
      logger: silent,
      daemonGeneration: 1,
      platformVersion: '0',
    },
    {
      serverId: 'srv_x' as never,
      server: 'leaky',
      mask,
      capabilities: '',
      awaited: false,
      keepsEarly: false,
      redactor: buildRedactor([secret]),
    },
    { stdin: new PassThrough(), stdout, stderr, http: null },
    null,
    () => {},
  )
  const given = ENCODERS.map(
    (encode) => `${makeText(random, random(8))} ${encode(value, random)} ${makeText(random, 3)}`,
  )

  for (const text of given) {
    streams.connection.request('tools/call', undefined, {
      onResponse: (message) => void shown.push(...listTexts(message)),
      onLost: () => {},
    })
    const id = 2 ** 32 + given.indexOf(text) + 1
    const body =
      random(2) === 0
        ? { result: { content: [{ type: 'text', text }], [text]: text } }
        : { error: { code: -1, message: text, data: { text } } }
    stdout.write(`${JSON.stringify({ jsonrpc: '2.0', id, ...body })}\n`)
    stdout.write(`noise ${text}\n`)
  }
  const all = Buffer.from(`${given.join('\n')}\n${given.join(' ')}`)
  for (let at = 0; at < all.length;) {
    const size = 1 + random(40)
    stderr.write(all.subarray(at, at + size))
    at += size
  }
  stdout.end()
  stderr.end()
  await streams.drained()

  const end = {
    cause: 'exited',
    code: 1,
    signal: null,
    detail: 'It ended by itself.',
    hint: null,
    at: 0,
  } as const
  const lastExit = buildExit(end, streams.lastWords(), 'serving')
  const reason = `Gave up: ${lastExit.detail}`
  const state: ServerState = { kind: 'failed', attempt: 1, reason, lastExit }
  shown.push(lastExit.stderrTail, lastExit.hint ?? '')
  const record = { name: 'leaky', lastState: state, lifetime: FOR_GOOD, createdAt: 0, updatedAt: 0 }
  const view = { state, server: record }
  const observation = { at: 0, isStale: false, differences: [] }
  const rest = { version: null, config: null, restarts: 0, facts: null, usage: null, egress: [] }
  const disk = { disk: null, droppedLines: { stdout: 0, stderr: 0, platform: 0 } }
  const process = { key: buildMainKey('legacy'), isMain: true, state, facts: null, usage: null, inFlight: 0 }
  const server = renderServer(
    {
      ...view,
      ...rest,
      ...disk,
      health: buildNoHealth(0),
      observation,
      processes: [process],
      secrets: { stored: [], isPending: false },
    } as never,
    'http://h',
    0,
  )
  const event = { type: 'server.status', serverId: 'srv_x', server: 'leaky', reason } as never
  shown.push(...listTexts(server), ...listTexts(renderEvent({ id: 1, time: 0, actor: 'platform', event })))
  try {
    assertRunning('leaky', state)
  } catch (error) {
    const problem = await buildProblemResponse(error, { instance: '/', requestId: 'req_1' }).json()
    shown.push(...listTexts(problem))
  }

  const known = createKnownSecrets()
  known.add('KEY', secret.value)
  const log = createLogger(
    new Writable({ write: (chunk, _encoding, done) => done(void shown.push(String(chunk))) }),
    'info',
    'test',
    (text) => known.mask(text),
  )
  for (const text of given) log.error(text, { err: new Error(text), [text]: text })
  return { given, shown }
}

function listTexts(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, item]) => [key, ...listTexts(item)])
}

describe('a secret that a server prints', () => {
  it.each(Array.from({ length: 60 }, (_, seed) => seed))(
    'is nowhere in what is stored or shown (seed %i)',
    async (seed) => {
      const random = createRandom(seed)
      // Blanks at the ends are not told from those around it.
      const value = `k${makeText(random, 6 + random(50))}z`
      const { given, shown } = await collect(value, random)
      // The judge sees each of them before they are masked.
      expect(given.filter((text) => !reveals(text, value))).toEqual([])
      expect(shown.length).toBeGreaterThan(3 * given.length)
      expect(shown.filter((text) => reveals(text, value))).toEqual([])
    },
  )
})
