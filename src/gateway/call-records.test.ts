import { Writable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { createFakeClock } from '../../test/fakes/clock.ts'
import type { ServerId } from '../domain/id.ts'
import { createLogger } from '../system/log.ts'
import { createCallRecords } from './call-records.ts'
import type { CallRecord } from './ports.ts'

const record = (n: number): CallRecord => ({
  serverId: 'srv_a' as ServerId,
  principalId: 'p',
  method: 'tools/call',
  tool: `t${n}`,
  protocolVersion: '2025-11-25',
  outcome: 'ok',
  startedAt: n,
  milliseconds: 1,
  traceId: null,
})

function setUp() {
  const clock = createFakeClock()
  const batches: number[] = []
  const written: (string | null)[] = []
  const state = { broken: false }
  const logged: string[] = []
  const log = createLogger(
    new Writable({
      write(chunk: Buffer, _encoding, done) {
        logged.push(chunk.toString())
        done()
      },
    }),
  )
  const calls = {
    async append(records: readonly CallRecord[]) {
      await Promise.resolve()
      if (state.broken) throw new Error('disk full')
      batches.push(records.length)
      written.push(...records.map(({ tool }) => tool))
    },
  }
  const settle = () => new Promise((resolve) => setImmediate(resolve))
  return { records: createCallRecords(calls, clock, log), clock, batches, written, state, logged, settle }
}

describe('call records', () => {
  it('are written together after a second, or when many have come', async () => {
    const { records, clock, batches, settle } = setUp()
    records.add(record(1))
    records.add(record(2))
    await settle()
    expect(batches).toEqual([])
    clock.advance(1000)
    await settle()
    expect(batches).toEqual([2])
    for (let n = 0; n < 1000; n++) records.add(record(n))
    await settle()
    expect(batches).toEqual([2, 1000])
  })

  it('survive a log that fails for a while, in order', async () => {
    const { records, clock, written, state, logged, settle } = setUp()
    state.broken = true
    records.add(record(1))
    clock.advance(1000)
    await settle()
    records.add(record(2))
    state.broken = false
    clock.advance(1000)
    await settle()
    expect(written).toEqual(['t1', 't2'])
    expect(logged.join('')).toContain('call records could not be written')
  })

  it('are given up oldest first when the log stays broken, and that is said', async () => {
    const { records, written, state, logged, settle } = setUp()
    state.broken = true
    for (let n = 0; n < 20_001; n++) records.add(record(n))
    await settle()
    state.broken = false
    await records.close()
    expect(written).toHaveLength(19_001)
    expect(written.at(-1)).toBe('t20000')
    expect(logged.join('')).toContain('call records were dropped')
  })

  it('are all written at the end', async () => {
    const { records, written } = setUp()
    records.add(record(1))
    await records.close()
    expect(written).toEqual(['t1'])
  })
})
