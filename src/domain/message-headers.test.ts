import { expect, it } from 'vitest'
import { buildMessageHeaders } from './message-headers.ts'

it('R20, R21: names the method, and what the request is about', () => {
  const params = { name: 'echo', uri: 'file:///a', taskId: 't1' }
  expect(buildMessageHeaders({ method: 'tools/call', params })).toEqual({
    'mcp-method': 'tools/call',
    'mcp-name': 'echo',
  })
  expect(buildMessageHeaders({ method: 'resources/read', params })['mcp-name']).toBe('file:///a')
  expect(buildMessageHeaders({ method: 'tasks/get', params })['mcp-name']).toBe('t1')
  expect(buildMessageHeaders({ method: 'tools/list', params })).toEqual({ 'mcp-method': 'tools/list' })
  expect(buildMessageHeaders({ method: 'tools/call' })).toEqual({ 'mcp-method': 'tools/call' })
})
