import { expect, it } from 'vitest'
import type { ServerJson } from '../api/schema/server.ts'
import { describeStatus } from './servers.ts'

const server = (parts: Partial<ServerJson>) => ({ next_try_at: null, ...parts }) as ServerJson
const pending = { state: 'pending', by: null, reason: null, at: null } as const

it('tells a server that is held from one that somebody stopped', () => {
  expect(describeStatus(server({ status: 'stopped', review: pending }), 0)).toBe('stopped, held')
  expect(describeStatus(server({ status: 'stopped', review: null }), 0)).toBe('stopped')
  expect(describeStatus(server({ status: 'running', health: 'healthy', review: pending }), 0)).toBe(
    'running, healthy',
  )
})
