import { expect, it } from 'vitest'
import { findWays, orderClients, type Client } from './order-clients.ts'
import { fillToken } from './fill-token.ts'
import { buildArrival } from './use-arrivals.ts'

const client = (id: string, title: string, disabled: string | null = null): Client => ({
  id,
  title,
  disabled,
  checked_on: '2026-11',
  documented: true,
  token: 'environment',
  cautions: [],
  links: [],
  commands: [],
  files: [],
  steps: [],
})
const ALL = [client('claude', 'Claude', 'not here'), client('cursor', 'Cursor'), client('vscode', 'VS Code')]

it('puts what cannot work below what can, and finds by title and id', () => {
  expect(orderClients(ALL, '').map(({ id }) => id)).toEqual(['cursor', 'vscode', 'claude'])
  expect(orderClients(ALL, ' vs c').map(({ id }) => id)).toEqual(['vscode'])
  expect(orderClients(ALL, 'VSCODE').map(({ id }) => id)).toEqual(['vscode'])
  expect(orderClients(ALL, 'emacs')).toEqual([])
})

it('names the ways of a client', () => {
  const link = { label: 'Add', href: 'cursor://x' }
  expect(findWays({ ...ALL[1]!, links: [link], steps: ['Then wait.'] })).toEqual(['links'])
  expect(findWays({ ...ALL[1]!, steps: ['Open the settings.'] })).toEqual(['steps'])
})

it('puts the token where its place is, and nowhere else', () => {
  expect(fillToken('{"A":"Bearer YOUR_TOKEN","B":"YOUR_TOKEN"}', 'hvm_$&')).toBe(
    '{"A":"Bearer hvm_$&","B":"hvm_$&"}',
  )
  expect(fillToken('Bearer $HAIVEMIND_MCP_TOKEN', 'hvm_1')).toBeNull()
})

it('U-18: takes the arrivals at its own server, and no others', () => {
  const event = (type: 'client.connected' | 'server.restored', data: Readonly<Record<string, unknown>>) =>
    ({ id: 7, type, time: '2026-11-26T12:00:00.000Z', actor: 'token:x', data }) as const
  const data = { server: 'weather', client: 'cursor', version: '2.1', protocol_version: '2026-07-28' }
  expect(buildArrival(event('client.connected', data), 'weather')).toEqual({
    id: 7,
    time: '2026-11-26T12:00:00.000Z',
    client: 'cursor',
    version: '2.1',
    protocol: '2026-07-28',
  })
  expect(buildArrival(event('client.connected', data), 'notes')).toBeNull()
  expect(buildArrival(event('client.connected', { ...data, server: null }), null)).not.toBeNull()
  expect(
    buildArrival(event('client.connected', { ...data, server: null, endpoint: 'platform' }), null),
  ).toBeNull()
  expect(buildArrival(event('server.restored', data), 'weather')).toBeNull()
})
