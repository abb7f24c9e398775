import { describe, expect, it } from 'vitest'
import { ApiError } from '../api.ts'
import type { Json, SchemaObject } from '../schema-form/schema.ts'
import { quote, renderClientCall, renderCommand, renderCurl } from './copy-as.ts'
import { imageUrl, readFailure, readResult, type Outcome } from './outcome.ts'
import { asksFirst, readTools } from './tool.ts'

describe('readResult', () => {
  const items = (content: Json): unknown => {
    const outcome = readResult({ content })
    return outcome.kind === 'result' ? outcome.items : outcome.kind
  }

  it.each<[string, Json, unknown]>([
    ['text', [{ type: 'text', text: 'x' }], [{ kind: 'text', text: 'x' }]],
    [
      'an image',
      [{ type: 'image', data: 'AAAA', mimeType: 'image/png' }],
      [{ kind: 'image', base64: 'AAAA', mediaType: 'image/png' }],
    ],
    [
      'audio',
      [{ type: 'audio', data: 'AAAA', mimeType: 'audio/wav' }],
      [{ kind: 'audio', base64: 'AAAA', mediaType: 'audio/wav' }],
    ],
    [
      'a link',
      [{ type: 'resource_link', uri: 'file:///a', name: 'a', size: 3 }],
      [{ kind: 'link', uri: 'file:///a', name: 'a', description: null, mediaType: null, size: 3 }],
    ],
    [
      'an embedded text',
      [{ type: 'resource', resource: { uri: 'x:1', text: 'hi', mimeType: 'text/plain' } }],
      [{ kind: 'embedded', uri: 'x:1', mediaType: 'text/plain', text: 'hi', base64: null }],
    ],
    ['what nobody knows', [{ type: 'hologram' }], [{ kind: 'unknown', value: { type: 'hologram' } }]],
    [
      'what is no object',
      ['x', null],
      [
        { kind: 'unknown', value: 'x' },
        { kind: 'unknown', value: null },
      ],
    ],
    ['text without text', [{ type: 'text' }], [{ kind: 'unknown', value: { type: 'text' } }]],
    ['no content', [], 'empty'],
    ['content that is no list', 'x', 'empty'],
  ])('%s', (_, content, expected) => {
    expect(items(content)).toEqual(expected)
  })

  it('tells structured content alone from nothing', () => {
    expect(readResult({ content: [], structuredContent: { a: 1 } })).toEqual({
      kind: 'result',
      isError: false,
      items: [],
      structured: { a: 1 },
    })
    expect(readResult({})).toEqual({ kind: 'empty' })
    expect(readResult({ content: [], isError: true })).toMatchObject({ kind: 'result', isError: true })
  })
})

describe('readFailure', () => {
  it.each<[string, ConstructorParameters<typeof ApiError>, Outcome['kind']]>([
    [
      'wrong arguments',
      [502, { code: 'server_error', detail: 'bad', details: { rpc_code: -32602 } }],
      'invalid_params',
    ],
    [
      'no such tool, by the server',
      [502, { code: 'server_error', detail: 'Unknown tool: x', details: { rpc_code: -32602 } }],
      'unknown_tool',
    ],
    ['no such tool, by the platform', [404, { code: 'tool_not_found' }], 'unknown_tool'],
    [
      'another error of the protocol',
      [502, { code: 'server_error', details: { rpc_code: -32603 } }],
      'protocol',
    ],
    ['time', [504, { code: 'call_timeout' }], 'timeout'],
    ['no right', [403, { code: 'forbidden' }], 'forbidden'],
    ['no server', [502, { code: 'server_stopped_answering' }], 'transport'],
    ['no platform', [0, {}], 'transport'],
  ])('%s', (_, [status, problem], kind) => {
    expect(readFailure(new ApiError(status, problem)).kind).toBe(kind)
  })
})

describe('imageUrl', () => {
  it.each<[string, string, string | null]>([
    ['image/png', 'AAAA', 'data:image/png;base64,AAAA'],
    ['IMAGE/PNG; x=1', 'AAAA', 'data:image/png;base64,AAAA'],
    ['image/svg+xml', 'AAAA', null],
    ['text/html', 'AAAA', null],
    ['image/png', 'AA"onerror=', null],
    ['image/png', '', null],
  ])('%s %s', (mediaType, base64, expected) => {
    expect(imageUrl({ mediaType, base64 })).toBe(expected)
  })
})

describe('the same call elsewhere', () => {
  const call = {
    origin: 'http://127.0.0.1:8910',
    server: 'weather',
    tool: 'get',
    args: { city: "it's $HOME `x`" },
  }
  const body = `'{"tool":"get","arguments":{"city":"it'\\''s $HOME \`x\`"}}'`

  it('by curl', () => {
    expect(renderCurl(call)).toBe(
      [
        'curl http://127.0.0.1:8910/api/v1/servers/weather/call',
        '-H "Authorization: Bearer $HAIVEMIND_TOKEN"',
        "-H 'Content-Type: application/json'",
        `-d ${body}`,
      ].join(' \\\n  '),
    )
  })

  it('by the command line', () => {
    expect(renderCommand(call)).toBe(`haivemind call weather get '{"city":"it'\\''s $HOME \`x\`"}'`)
    expect(renderCommand({ ...call, tool: 'a b; rm', args: {} })).toBe("haivemind call weather 'a b; rm'")
  })

  it('by a client', () => {
    expect(JSON.parse(renderClientCall(call))).toEqual({
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/call',
      params: {
        name: 'get',
        arguments: call.args,
        _meta: {
          'io.modelcontextprotocol/protocolVersion': '2026-07-28',
          'io.modelcontextprotocol/clientCapabilities': {},
        },
      },
    })
  })

  it.each(['', 'a\nb', '$(x)', '!x', '-', '~', '*'])('%j is one word of a shell', (text) => {
    expect(quote(text)).toBe(text === '-' ? '-' : `'${text}'`)
  })
})

describe('readTools', () => {
  const read = (...items: SchemaObject[]) => readTools({ items: items as never }, undefined)

  it('shows the marks a server gives, and asks before what destroys', () => {
    const [a, b, c] = read(
      { name: 'a', annotations: { readOnlyHint: true, destructiveHint: true } },
      { name: 'b', annotations: { destructiveHint: true, openWorldHint: true } },
      { name: 'c', annotations: 'no' },
    )
    expect([a!.marks, b!.marks, c!.marks]).toEqual([['read_only'], ['destructive', 'open_world'], []])
    expect([a!, b!, c!].map(asksFirst)).toEqual([false, true, false])
  })

  it('shows what drifted', () => {
    const pins = { drift: [{ kind: 'tool', name: 'a', change: 'changed', withheld: true }] } as never
    expect(readTools({ items: [{ name: 'a' }, { name: 'b' }] }, pins).map(({ marks }) => marks)).toEqual([
      ['changed', 'withheld'],
      [],
    ])
  })

  it('takes what is described badly', () => {
    expect(read({ name: 'a', inputSchema: 'x', description: 1 })[0]).toMatchObject({
      input: { type: 'object' },
      description: '',
      output: null,
    })
  })
})
