/** R11: the same verdict as the official server's own classifier, over a grid of bodies and headers. */
import { classifyInboundRequest } from '@modelcontextprotocol/server'
import { describe, expect, it } from 'vitest'
import { classify } from './classify.ts'

const CLAIM = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientCapabilities': {},
}
const version = (value: unknown) => ({ ...CLAIM, 'io.modelcontextprotocol/protocolVersion': value })

const METAS: readonly unknown[] = [
  undefined,
  {},
  { progressToken: 1 },
  { progressToken: 1.5 },
  { 'io.modelcontextprotocol/related-task': { taskId: 't' } },
  { 'io.modelcontextprotocol/related-task': {} },
  'text',
  null,
  CLAIM,
  version('2026-09-01'),
  version('2025-06-18'),
  version(7),
  { 'io.modelcontextprotocol/protocolVersion': '2026-07-28' },
  { 'io.modelcontextprotocol/clientCapabilities': {} },
  { ...CLAIM, 'io.modelcontextprotocol/clientCapabilities': [] },
  { ...CLAIM, 'io.modelcontextprotocol/clientCapabilities': { sampling: 1 } },
  { ...CLAIM, 'io.modelcontextprotocol/clientCapabilities': { elicitation: { form: {} }, roots: {} } },
  { ...CLAIM, 'io.modelcontextprotocol/clientInfo': { name: 'c', version: '1' } },
  { ...CLAIM, 'io.modelcontextprotocol/clientInfo': { name: 'c' } },
  { ...CLAIM, 'io.modelcontextprotocol/logLevel': 'info' },
  { ...CLAIM, 'io.modelcontextprotocol/logLevel': 'loud' },
]
const METHODS = ['initialize', 'tools/list', 'notifications/initialized']
const IDS: readonly unknown[] = [undefined, 1, 'a', 1.5, null, true]

const MESSAGES: readonly unknown[] = METHODS.flatMap((method) =>
  IDS.flatMap((id) =>
    METAS.map((meta) => ({
      jsonrpc: '2.0',
      ...(id === undefined ? {} : { id }),
      method,
      ...(meta === undefined ? {} : { params: { protocolVersion: '2025-06-18', _meta: meta } }),
    })),
  ),
)
const request = { jsonrpc: '2.0', id: 1, method: 'tools/list' }
const ODD: readonly unknown[] = [
  null,
  1,
  'text',
  {},
  { jsonrpc: '1.0', id: 1, method: 'a' },
  { ...request, params: [] },
  { ...request, params: null },
  { ...request, extra: 1 },
  { ...request, method: 7 },
  { ...request, id: 2 ** 60 },
  { jsonrpc: '2.0', id: 1, result: {} },
  { jsonrpc: '2.0', id: 1, result: [] },
  { jsonrpc: '2.0', id: 1, result: { _meta: 1 } },
  { jsonrpc: '2.0', result: {} },
  { jsonrpc: '2.0', id: 1, result: {}, extra: 1 },
  { jsonrpc: '2.0', id: 1, error: { code: 1, message: 'a' } },
  { jsonrpc: '2.0', error: { code: 1, message: 'a', data: null } },
  { jsonrpc: '2.0', id: 1, error: { code: 1.5, message: 'a' } },
  { jsonrpc: '2.0', id: null, error: { code: 1, message: 'a' } },
  { jsonrpc: '2.0', id: 1, error: 'a' },
  [],
  [request],
  [request, { jsonrpc: '2.0', method: 'a' }, { jsonrpc: '2.0', id: 1, result: {} }],
  [request, 1],
  [request, null],
  [{ ...request, params: { _meta: CLAIM } }],
  [{ params: { _meta: CLAIM } }],
]
const HEADERS = [undefined, '2025-06-18', '2026-07-28', '2026-09-01', 'zzz'].flatMap((header) =>
  [undefined, 'tools/list', 'other'].map((method) => ({ version: header, method })),
)

type Headers = { readonly version: string | undefined; readonly method: string | undefined }

/** Ours in the official words: the reason of a legacy route is read off the message there and here. */
function judge(body: unknown, headers: Headers) {
  const verdict = classify(body, headers)
  if (verdict.kind === 'reject') return [verdict.kind, verdict.fault.status, verdict.fault.error.code]
  if (verdict.kind === 'modern') return [verdict.kind, verdict.message.kind, verdict.version]
  return ['legacy', verdict.kind === 'batch' ? 'batch' : verdict.message.kind]
}

function judgeOfficially(body: unknown, headers: Headers) {
  const verdict = classifyInboundRequest({
    httpMethod: 'POST',
    body,
    ...(headers.version === undefined ? {} : { protocolVersionHeader: headers.version }),
    ...(headers.method === undefined ? {} : { mcpMethodHeader: headers.method }),
  })
  if (verdict.kind === 'reject') return [verdict.kind, verdict.httpStatus, verdict.code]
  if (verdict.kind === 'modern') return [verdict.kind, verdict.messageKind, verdict.classification.revision]
  const { reason } = verdict
  return ['legacy', reason === 'initialize' || reason === 'no-claim' ? 'request' : reason]
}

describe('classify', () => {
  const cases = [...MESSAGES, ...ODD].flatMap((body) => HEADERS.map((headers) => ({ body, headers })))

  it(`R1, R2, R3, R4, R5, R11: agrees with the official classifier on ${cases.length} requests`, () => {
    const differing = cases.filter(
      ({ body, headers }) =>
        JSON.stringify(judge(body, headers)) !== JSON.stringify(judgeOfficially(body, headers)),
    )
    expect(
      differing.map((one) => ({
        ...one,
        ours: judge(one.body, one.headers),
        theirs: judgeOfficially(one.body, one.headers),
      })),
    ).toEqual([])
    // The grid means nothing unless it reaches every verdict.
    const verdicts = new Set(cases.map(({ body, headers }) => JSON.stringify(judge(body, headers))))
    expect(verdicts.size).toBeGreaterThan(10)
  })

  it('R2: names what is missing', () => {
    const verdict = classify(
      { ...request, params: { _meta: {} } },
      { version: '2026-07-28', method: undefined },
    )
    expect(verdict).toEqual({
      kind: 'reject',
      fault: {
        status: 400,
        error: {
          code: -32602,
          message:
            'MCP-Protocol-Version says 2026-07-28, but params lack ' +
            'io.modelcontextprotocol/protocolVersion, io.modelcontextprotocol/clientCapabilities.',
          data: {
            envelope: {
              missing: [
                'io.modelcontextprotocol/protocolVersion',
                'io.modelcontextprotocol/clientCapabilities',
              ],
            },
          },
        },
      },
    })
  })
})
