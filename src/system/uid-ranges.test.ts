import { expect, it } from 'vitest'
import { parseGrants } from './uid-ranges.ts'

it('reads granted ranges and skips what is none', () => {
  expect(parseGrants('alice:100000:65536\n\n# bob\nbob:x:1\n1001:165536:10\ncarol:5:0\n')).toEqual([
    { owner: 'alice', first: 100_000, count: 65_536 },
    { owner: '1001', first: 165_536, count: 10 },
  ])
})
