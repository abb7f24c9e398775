import { describe, expect, it } from 'vitest'
import type { ServerJson } from '../../../src/api/schema/server.ts'
import { describeFilter, filterServers, NO_FILTER, type Filter } from './filter-servers.ts'

const build = (fields: Partial<ServerJson>) =>
  ({
    description: '',
    tags: [],
    status: 'running',
    health: 'healthy',
    breaker: null,
    runtime: 'python',
    version: 1,
    restarts: 0,
    uptime_seconds: null,
    usage: null,
    instance: null,
    ...fields,
  }) as unknown as ServerJson

const SERVERS = [
  build({ name: 'weather', description: 'Says the weather', tags: ['demo'], restarts: 2 }),
  build({ name: 'notes', status: 'stopped', runtime: 'node', tags: ['demo', 'home'] }),
  build({ name: 'crasher', status: 'failed', restarts: 5 }),
  build({ name: 'ill', health: 'unhealthy', runtime: 'bash' }),
]
const find = (filter: Partial<Filter>) =>
  filterServers(SERVERS, { ...NO_FILTER, ...filter }).map(({ name }) => name)

describe('the list of servers', () => {
  it.each<readonly [Partial<Filter>, readonly string[]]>([
    [{}, ['crasher', 'ill', 'notes', 'weather']],
    [{ q: 'SAYS weather' }, ['weather']],
    [{ q: 'home' }, ['notes']],
    [{ status: 'failed' }, ['crasher']],
    [{ status: 'attention' }, ['crasher', 'ill']],
    [{ tag: 'demo', language: 'node' }, ['notes']],
    [{ q: 'nothing' }, []],
    [{ sort: '-restarts' }, ['crasher', 'weather', 'ill', 'notes']],
    [{ sort: 'status' }, ['crasher', 'ill', 'weather', 'notes']],
    [{ sort: 'no-such-column' }, ['crasher', 'ill', 'notes', 'weather']],
  ])('under %j is %j', (filter, names) => {
    expect(find(filter)).toEqual(names)
  })

  it('says its filter in words', () => {
    expect(describeFilter(NO_FILTER)).toBeNull()
    expect(describeFilter({ ...NO_FILTER, sort: '-cpu' })).toBeNull()
    expect(describeFilter({ ...NO_FILTER, q: ' x ', status: 'backoff', tag: 'demo' })).toBe(
      'status Waiting to restart, tag demo, text “x”',
    )
  })
})
