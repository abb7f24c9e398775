import { describe, expect, it } from 'vitest'
import { readRpcError } from './errors.ts'
import { buildRetry, isInputRequired, readQuestions } from './questions.ts'
import { buildRequest } from './ask.ts'
import { readProgress } from './use-asking.ts'
import { parseUriTemplate } from './uri-template.ts'

describe('parseUriTemplate', () => {
  const values = {
    var: 'value',
    hello: 'Hello World!',
    path: '/foo/bar',
    x: '1024',
    y: '768',
    list: 'red,green',
    who: 'fred',
  }

  // Of RFC 6570, §1.2 and §3.2, as far as values are text.
  it.each<[string, string]>([
    ['{var}', 'value'],
    ['{hello}', 'Hello%20World%21'],
    ['{+hello}', 'Hello%20World!'],
    ['{+path}/here', '/foo/bar/here'],
    ['{#path,x}/here', '#/foo/bar,1024/here'],
    ['X{.var}', 'X.value'],
    ['X{.x,y}', 'X.1024.768'],
    ['{/var,x}/here', '/value/1024/here'],
    ['{;x,y}', ';x=1024;y=768'],
    ['{?x,y}', '?x=1024&y=768'],
    ['?fixed=yes{&x}', '?fixed=yes&x=1024'],
    ['{var:3}', 'val'],
    ['{/list*}', '/red/green'],
    ['{?list*}', '?list=red&list=green'],
    ['{/var:1,var}', '/v/value'],
    ['{missing}', ''],
    ['{?missing}', ''],
    ['{?missing,x}', '?x=1024'],
    ['demo://note/{who}', 'demo://note/fred'],
    ['a b{x}%20', 'a%20b1024%20'],
  ])('%s becomes %s', (template, expected) => {
    expect(parseUriTemplate(template)?.expand(values)).toBe(expected)
  })

  it('names each variable once', () => {
    expect(parseUriTemplate('{a}/{?b,a*}{c:3}')?.variables).toEqual(['a', 'b', 'c'])
  })

  it.each(['{', 'a}', '{}', '{=x}', '{a b}', '{a:0}', '{a{b}}', '{!x}'])('%s is none', (text) => {
    expect(parseUriTemplate(text)).toBeNull()
  })

  it('takes a lone surrogate, and names of Object for what they are', () => {
    expect(parseUriTemplate('{x}{constructor}')?.expand({ x: '\ud800' })).toBe('%EF%BF%BD')
  })
})

describe('readRpcError', () => {
  it('shows a failure of the gateway in the words of the platform', () => {
    const error = readRpcError(200, {
      code: -32603,
      message: 'It took too long. Try again.',
      data: { code: 'call_timeout', hint: 'Try again.', seconds: 1 },
    })
    expect([error.code, error.message, error.hint, error.details['seconds']]).toEqual([
      'call_timeout',
      'It took too long.',
      'Try again.',
      1,
    ])
  })

  it('shows an error of a server as one of a server, whatever it claims', () => {
    const claimed = readRpcError(200, { code: -32000, message: 'no', data: { code: 'forbidden', hint: 'x' } })
    expect([claimed.code, claimed.message, claimed.hint]).toEqual(['server_error', 'no', null])
    expect(readRpcError(200, { code: -32602, message: 'Bad' }).details['rpc_code']).toBe(-32602)
    expect(readRpcError(200, 'x').code).toBe('server_error')
  })
})

describe('questions', () => {
  const schema = { type: 'object', properties: { name: { type: 'string' } } }
  const ask = (params: object, method = 'elicitation/create') =>
    readQuestions({ inputRequests: { q: { method, params } } } as never)[0]

  it('tells a form, an address and everything else apart', () => {
    expect(ask({ message: 'Who?', requestedSchema: schema })).toEqual({
      kind: 'form',
      key: 'q',
      message: 'Who?',
      schema,
    })
    expect(ask({ mode: 'url', message: 'Go', url: 'https://a.example/x' })).toEqual({
      kind: 'url',
      key: 'q',
      message: 'Go',
      url: 'https://a.example/x',
    })
    expect(ask({ mode: 'url', message: 'Go', url: 'javascript:alert(1)' })?.kind).toBe('unknown')
    expect(ask({ message: 'no schema' })?.kind).toBe('unknown')
    expect(ask({ messages: [] }, 'sampling/createMessage')?.kind).toBe('unknown')
    expect(readQuestions({ inputRequests: 'x' })).toEqual([])
  })

  it('repeats the request with the answers and the state as it came', () => {
    const result = { resultType: 'input_required', requestState: 's' }
    expect(isInputRequired(result)).toBe(true)
    expect(buildRetry({ name: 't' }, result, { q: { action: 'decline' } })).toEqual({
      name: 't',
      inputResponses: { q: { action: 'decline' } },
      requestState: 's',
    })
    expect(buildRetry({ name: 't' }, { resultType: 'input_required' }, {})).toEqual({
      name: 't',
      inputResponses: {},
    })
  })
})

describe('buildRequest', () => {
  it('says in each request what this client is able to do, and asks for progress', () => {
    expect(buildRequest(7, 'tools/call', { name: 'x' }, { elicitation: {} })).toEqual({
      jsonrpc: '2.0',
      id: 7,
      method: 'tools/call',
      params: {
        name: 'x',
        _meta: {
          'io.modelcontextprotocol/protocolVersion': '2026-07-28',
          'io.modelcontextprotocol/clientCapabilities': { elicitation: {} },
          progressToken: 7,
        },
      },
    })
  })
})

describe('readProgress', () => {
  const read = (params: object) =>
    readProgress({ way: 'received', message: { method: 'notifications/progress', params } as never })

  it('takes what a server says of itself, and nothing else', () => {
    expect(read({ progress: 3, total: 10, message: 'copying' })).toEqual({
      done: 3,
      total: 10,
      message: 'copying',
    })
    expect(read({ progress: 3 })).toEqual({ done: 3, total: null, message: null })
    expect(read({ progress: 'x' })).toBeNull()
    expect(
      readProgress({ way: 'received', message: { method: 'notifications/message', params: {} } }),
    ).toBeNull()
  })
})
