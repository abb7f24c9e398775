/** The picture, the table, the function and docs/servers.md say the same about the life of a server. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  EXIT_CAUSES,
  SERVER_STATUSES,
  SERVER_TRANSITIONS,
  type Exit,
  type ServerEvent,
  type ServerState,
  type ServerStatus,
} from '../src/domain/server-state.ts'
import { transition, type TransitionContext } from '../src/runtime/supervisor/transition.ts'

const ROOT = join(import.meta.dirname, '..')
const docs = readFileSync(join(ROOT, 'docs/servers.md'), 'utf8')
const source = readFileSync(join(ROOT, 'src/domain/server-state.ts'), 'utf8')

const exit: Exit = {
  cause: 'exited',
  class: 'unknown',
  fingerprint: null,
  code: 1,
  signal: null,
  detail: 'It ended',
  hint: null,
  stderrTail: '',
  at: 0,
}
const live = { attempt: 0, since: 0, lastExit: null }
const running: ServerState = { kind: 'running', health: 'healthy', ...live }
const context: TransitionContext = {
  policy: { autoRestart: true, maxRestarts: 5, restartDelaySeconds: 5, startTimeoutSeconds: 30 },
  now: 0,
  ranMs: 0,
  random: 0.5,
  raise: null,
}
/** Stopping comes in four kinds: to stop, to start again, to be decided about, to rest. */
const LEAVING: readonly ServerEvent[] = [
  { kind: 'stop' },
  { kind: 'restart' },
  { kind: 'unfit', cause: 'health', detail: '' },
  { kind: 'rest' },
]

const STATES: Readonly<Record<ServerStatus, readonly ServerState[]>> = {
  stopped: [
    { kind: 'stopped', lastExit: null },
    { kind: 'stopped', lastExit: null, idle: true },
  ],
  starting: [{ kind: 'starting', deadline: 30_000, ...live }],
  running: [running],
  stopping: LEAVING.map((event) => transition(running, event, context).state),
  backoff: [{ kind: 'backoff', attempt: 1, nextTry: 1, lastExit: exit }],
  failed: [{ kind: 'failed', attempt: 5, reason: '', lastExit: exit }],
}

const EVENTS: readonly ServerEvent[] = [
  { kind: 'start' },
  { kind: 'stop' },
  { kind: 'restart' },
  { kind: 'answered' },
  { kind: 'unfit', cause: 'health', detail: '' },
  { kind: 'exited', exit },
  { kind: 'health', health: 'unhealthy' },
  { kind: 'due' },
  { kind: 'rest' },
  { kind: 'wake' },
]

const CONTEXTS = [true, false].map((autoRestart) => ({
  ...context,
  policy: { ...context.policy, autoRestart },
}))

/** Where the function really goes; absent where the event changes nothing. */
function reach(status: ServerStatus, event: ServerEvent): string[] {
  const nexts = STATES[status].flatMap((state) =>
    CONTEXTS.flatMap((context) => {
      const { state: next, effects } = transition(state, event, context)
      return next === state && effects.length === 0 ? [] : [next.kind]
    }),
  )
  return [...new Set(nexts)].sort()
}

describe('the states of a server', () => {
  it.each(SERVER_STATUSES.flatMap((status) => EVENTS.map((event) => [status, event.kind, event] as const)))(
    'the function does in %s at %s what the table says',
    (status, kind, event) => {
      expect(reach(status, event)).toEqual([...(SERVER_TRANSITIONS[status][kind] ?? [])].sort())
    },
  )

  it('knows every event', () => {
    const named = new Set(Object.values(SERVER_TRANSITIONS).flatMap((row) => Object.keys(row)))
    expect([...named].sort()).toEqual(EVENTS.map((event) => event.kind).sort())
  })

  it('shows the table in docs/servers.md, no row more and none less', () => {
    const rows = [...docs.matchAll(/^\| `(\w+)` \| (\w+) \| (`.*`) \|$/gm)].map(([, state, event, next]) => [
      state,
      event,
      next?.replaceAll('`', '').split(', '),
    ])
    const table = SERVER_STATUSES.flatMap((status) =>
      Object.entries(SERVER_TRANSITIONS[status]).map(([event, next]) => [status, event, next]),
    )
    expect(sortRows(rows)).toEqual(sortRows(table))
  })

  it('draws the same picture in source and docs, with every state in it', () => {
    const drawn = /```\n([\s\S]*?)```/.exec(docs)?.[1] ?? ''
    const commented = /as one table\.\n \*\n([\s\S]*?) \*\n/.exec(source)?.[1] ?? ''
    const plain = commented.replace(/^ \* ?/gm, '')
    expect(plain.replace(/^ /gm, '').trimEnd()).toBe(drawn.replace(/^ /gm, '').trimEnd())
    for (const status of SERVER_STATUSES) expect(drawn).toContain(status)
  })

  it('explains every state and every exit cause', () => {
    for (const word of [...SERVER_STATUSES, ...EXIT_CAUSES])
      expect(docs).toMatch(new RegExp(`^\\| \`${word}\` \\| [A-Z]`, 'm'))
  })
})

function sortRows(rows: readonly unknown[]): string[] {
  return rows.map((row) => JSON.stringify(row)).sort()
}
