import { expect, it } from 'vitest'
import type { ServerJson } from '../api/schema/server.ts'
import { renderNetwork, renderReached, renderRefused } from './render-network.ts'

const build = (net: 'hard' | 'none' | null, places: readonly string[], settings = {}) =>
  ({
    instance: net === null ? null : { egress: places, enforcement: { net: { level: net } } },
    settings: { allowed_network: true, egress: places, ...settings },
  }) as unknown as ServerJson

it('says where a server may go: as it was started, or as it will be', () => {
  expect(renderNetwork(build('hard', ['a.test', '*.b.test:1']))).toBe('a.test, *.b.test:1')
  expect(renderNetwork(build('hard', []))).toBe('none')
  expect(renderNetwork(build(null, ['a.test']))).toBe('a.test')
  expect(renderNetwork(build(null, ['a.test'], { allowed_network: false }))).toBe('none')
})

it('claims nothing where nothing holds it', () => {
  expect(renderNetwork(build('none', []))).toBe("the host's, not contained")
})

it('shows the latest ten places of what was reached and refused', () => {
  const place = {
    host: 'a.test',
    port: 443,
    bytes_sent: 2048,
    bytes_received: 10,
    connections: 1,
    refused: 0,
    last_reason: null,
    first_at: '',
    last_at: '',
  }
  expect(renderReached([place, { ...place, connections: 0 }])).toBe('a.test:443 (2 KiB out, 10 B in)')
  expect(renderRefused([place, { ...place, refused: 3, last_reason: 'no' }])).toBe('a.test:443 (3×: no)')
  expect(renderReached(Array.from({ length: 12 }, () => place))).toMatch(/, 2 more$/)
})
