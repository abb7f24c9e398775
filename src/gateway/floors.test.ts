import { describe, expect, it } from 'vitest'
import { buildInitializeResult, buildLegacyResult } from './floors.ts'

const tool = {
  name: 'a',
  title: 'A',
  icons: [],
  _meta: {},
  outputSchema: {},
  inputSchema: {},
  execution: { taskSupport: 'optional' },
}

describe('R111: floors', () => {
  it('lists hold only what the revision knows; nobody sees how tools take tasks', () => {
    const list = { tools: [tool], nextCursor: 'c' }
    expect(buildLegacyResult('tools/list', list, '2025-03-26')).toEqual({
      tools: [{ name: 'a', inputSchema: {} }],
      nextCursor: 'c',
    })
    expect(buildLegacyResult('tools/list', list, '2025-06-18')).toEqual({
      tools: [{ name: 'a', title: 'A', _meta: {}, outputSchema: {}, inputSchema: {} }],
      nextCursor: 'c',
    })
    const { execution: _execution, ...rest } = tool
    expect(buildLegacyResult('tools/list', list, '2025-11-25')).toEqual({ tools: [rest], nextCursor: 'c' })
  })

  it('a sound becomes text for the oldest revision, in results and in prompts', () => {
    const content = { type: 'audio', data: 'AAAA', mimeType: 'audio/wav' }
    const lowered = { type: 'text', text: 'Audio (audio/wav) that 2024-11-05 has no form for.' }
    expect(buildLegacyResult('tools/call', { content: [content] }, '2024-11-05')).toEqual({
      content: [lowered],
    })
    expect(buildLegacyResult('prompts/get', { messages: [{ role: 'user', content }] }, '2024-11-05')).toEqual(
      {
        messages: [{ role: 'user', content: lowered }],
      },
    )
    expect(buildLegacyResult('tools/call', { content: [content] }, '2025-03-26')).toEqual({
      content: [content],
    })
  })

  it('structured content becomes text where it would be all there is', () => {
    const result = { structuredContent: { sum: 5 } }
    expect(buildLegacyResult('tools/call', result, '2025-03-26')).toEqual({
      content: [{ type: 'text', text: '{"sum":5}' }],
    })
    const both = { content: [{ type: 'text', text: '5' }], structuredContent: { sum: 5 }, isError: false }
    expect(buildLegacyResult('tools/call', both, '2025-03-26')).toEqual({
      content: [{ type: 'text', text: '5' }],
      isError: false,
    })
    expect(buildLegacyResult('tools/call', both, '2025-06-18')).toEqual(both)
  })

  it('resource links become text, or lose their icons', () => {
    const link = { type: 'resource_link', name: 'n', uri: 'test://a', icons: [] }
    const content = (version: '2025-03-26' | '2025-06-18') =>
      buildLegacyResult('tools/call', { content: [link] }, version)['content']
    expect(content('2025-03-26')).toEqual([{ type: 'text', text: 'n: test://a' }])
    expect(content('2025-06-18')).toEqual([{ type: 'resource_link', name: 'n', uri: 'test://a' }])
    const prompt = { messages: [{ role: 'user', content: link }] }
    expect(buildLegacyResult('prompts/get', prompt, '2025-03-26')).toEqual({
      messages: [{ role: 'user', content: { type: 'text', text: 'n: test://a' } }],
    })
  })

  it('the newest revision gets the very object, uncopied', () => {
    const result = { content: [] }
    expect(buildLegacyResult('tools/call', result, '2025-11-25')).toBe(result)
    const list = { tools: [{ name: 'a' }] }
    expect(buildLegacyResult('tools/list', list, '2025-11-25')).toBe(list)
  })

  it('keeps unknown members of the answer to initialize', () => {
    const answer = {
      capabilities: { tools: {}, tasks: {}, x: {} },
      serverInfo: { name: 's', version: '1' },
      y: 1,
    }
    expect(buildInitializeResult(answer, '2025-11-25', false, 'weather')).toEqual({
      capabilities: { tools: {}, x: {} },
      serverInfo: { name: 's', version: '1' },
      y: 1,
      protocolVersion: '2025-11-25',
    })
  })

  it('names a server that does not name itself', () => {
    const answer = { protocolVersion: '2026-07-28', capabilities: {} }
    expect(buildInitializeResult(answer, '2025-03-26', false, 'weather')['serverInfo']).toEqual({
      name: 'weather',
      version: 'unknown',
    })
  })
})
