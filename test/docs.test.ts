/** Pages that describe the outside are held to the source, both ways. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ERRORS } from '../src/domain/error.ts'
import { EVENT_TYPES, type PlatformEvent } from '../src/domain/event.ts'
import { EXIT_CLASSES } from '../src/domain/exit-class.ts'
import { EXIT_ADVICE } from '../src/runtime/instance/exit/advice.ts'
import { RESTART_RULES } from '../src/runtime/supervisor/restart-rules.ts'
import type { IncidentId, ServerId } from '../src/domain/id.ts'
import { renderEvent } from '../src/api/render-event.ts'
import { createTestApi } from './fakes/api.ts'

const read = (page: string) => readFileSync(join(import.meta.dirname, '../docs', page), 'utf8')

/** The rows of all tables whose first cell is code, as cells without their code marks. */
function readRows(page: string): string[][] {
  return read(page)
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    )
}
const plain = (cell = '') => cell.replaceAll('`', '').replaceAll('&lt;', '<').replaceAll('&gt;', '>')

describe('docs/errors.md', () => {
  it('has every code with what the table says, and no other', () => {
    const rows = readRows('errors.md').map((cells) => cells.map(plain))
    const expected = Object.entries(ERRORS).map(([code, { fault, status, exit, title, hint }]) => [
      code,
      fault,
      `${status}`,
      `${exit}`,
      title,
      hint,
    ])
    expect(rows).toEqual(expected)
  })
})

describe('docs/events.md', () => {
  const rows = readRows('events.md')

  it('has every type, and no other', () => {
    expect(rows.map(([type]) => plain(type))).toEqual(EVENT_TYPES)
  })

  it('names the fields as they are sent', () => {
    const server = { serverId: 'srv_x' as ServerId, server: 'weather' }
    const samples: readonly PlatformEvent[] = [
      { type: 'platform.started', generation: 1, adopted: 0, reaped: 0 },
      { type: 'server.updated', ...server, changed: [] },
      {
        type: 'server.status',
        ...server,
        status: 'failed',
        reason: '',
        cause: null,
        class: null,
        attempt: 1,
        nextTry: 0,
        memoryMb: 64,
      },
      {
        type: 'server.process',
        ...server,
        process: '',
        status: 'running',
        reason: '',
        cause: null,
        class: null,
        attempt: 0,
        nextTry: null,
        memoryMb: 64,
      },
      { type: 'server.adopted', ...server, pid: 1 },
      {
        type: 'incident.opened',
        incidentId: 'inc_x' as IncidentId,
        ...server,
        kind: 'crash',
        severity: 'medium',
        title: '',
        occurrences: 1,
      },
    ]
    for (const event of samples) {
      const sent = Object.keys(renderEvent({ id: 1, time: 0, actor: 'platform', event }).data)
      const described = rows.find(([type]) => plain(type) === event.type)?.[2] ?? ''
      expect(
        [...described.matchAll(/`(\w+)`/g)].map(([, name]) => name).filter((name) => name !== 'version'),
      ).toEqual(sent)
    }
  })
})

describe('docs/troubleshooting.md', () => {
  it('has every class of an exit with what it means, what to do and what becomes of it, and no other', () => {
    const rows = readRows('troubleshooting.md').map((cells) => cells.map(plain))
    const told = EXIT_CLASSES.map((kind) => [kind, EXIT_ADVICE[kind], RESTART_RULES[kind].retry] as const)
    expect(rows).toEqual(told.map(([kind, { means, fix }, retry]) => [kind, means, fix, retry]))
  })
})

describe('docs/api.md', () => {
  it('has every route and every tool with its scope, and no other', async () => {
    const { api } = await createTestApi()
    const rows = readRows('api.md').map((cells) => cells.slice(0, 2).map(plain))
    const routes = api.routes.map(({ method, path, needs }) => [
      `${method} ${path.replaceAll(/:(\w+)/g, '{$1}')}`,
      needs === 'public' ? '' : needs,
    ])
    const tools = api.tools.map(({ name, needs }) => [name, needs])
    const sort = (list: string[][]) => list.map((row) => row.join(' ')).sort()
    expect(sort(rows)).toEqual(sort([...routes, ...tools]))
  })
})
