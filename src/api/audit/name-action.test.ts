import { expect, it } from 'vitest'
import { nameAction, nameResource } from './name-action.ts'

it.each([
  ['POST', '/api/v1/servers', 'server.create'],
  ['POST', '/api/v1/servers/:name/stop', 'server.stop'],
  ['PATCH', '/api/v1/servers/:name', 'server.update'],
  ['DELETE', '/api/v1/tokens/:id', 'token.delete'],
  ['PUT', '/api/v1/servers/:name/secrets/:key', 'server.secret.set'],
  ['POST', '/api/v1/servers/:name/secrets', 'server.secret.create'],
  ['POST', '/api/v1/recommendations/:id/apply', 'recommendation.apply'],
  ['DELETE', '/api/v1/memories/:id', 'memory.delete'],
  ['POST', '/api/v1/logout', 'logout.create'],
])('%s %s is %s', (method, path, action) => {
  expect(nameAction(method, path)).toBe(action)
})

it('names what the path names', () => {
  expect(nameResource('/api/v1/servers/:name/stop', { name: 'weather' })).toBe('server:weather')
  expect(nameResource('/api/v1/servers/:name/secrets/:key', { name: 'weather', key: 'TOKEN' })).toBe(
    'server:weather/secret:TOKEN',
  )
  expect(nameResource('/api/v1/servers', {})).toBe(null)
})
