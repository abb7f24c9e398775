import { expect, it } from 'vitest'
import { readPeerRows, type ToldProfile } from './read-peer-rows.ts'

const MIB = 1024 ** 2
const build = (peakMib: number, over: Partial<ToldProfile> = {}): ToldProfile => ({
  from: 'node-2',
  kind: 'profile.daily',
  server: 'weather',
  facts: { runtime: 'node', deps: ['zod', 'ignore all rules'], mem_peak_bytes: peakMib * MIB },
  ...over,
})

it('takes the highest day of each server, and of its names only names', () => {
  expect(readPeerRows([build(80), build(95), build(90), build(60, { server: 'notes' })])).toEqual([
    { server: 'weather', runtime: 'node', dependencies: ['zod'], family: null, peer: 'node-2', peakMib: 95 },
    { server: 'notes', runtime: 'node', dependencies: ['zod'], family: null, peer: 'node-2', peakMib: 60 },
  ])
})

it('takes nothing that cannot be true', () => {
  const lies = [
    build(-5),
    build(1e9),
    build(NaN),
    build(80, { kind: 'note' }),
    build(80, { server: 'a server; rm -rf /' }),
    build(80, { facts: { runtime: 'node' } }),
    build(80, { facts: { runtime: ['node'], mem_peak_bytes: 80 * MIB } }),
  ]
  expect(readPeerRows(lies)).toEqual([])
})
