import { Writable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { createPrinter, decideColor, renderTable, stripControls } from './print.ts'

class Sink extends Writable {
  text = ''
  isTTY = false
  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString()
    done()
  }
}

function setUp(options: { json?: boolean; quiet?: boolean; env?: Record<string, string> } = {}) {
  const stdout = new Sink()
  const stderr = new Sink()
  const { json = false, quiet = false, env = {} } = options
  return { stdout, stderr, print: createPrinter({ stdout, stderr, env, json, quiet }) }
}

const body = {
  code: 'server_not_found',
  message: 'server "weathr" not found',
  hint: 'See haivemind list.',
} as const

describe('createPrinter', () => {
  it('prints an error and what to do on stderr', () => {
    const { stdout, stderr, print } = setUp()
    print.error(body, 'req_1')
    expect(stderr.text).toBe('error: server "weathr" not found\nhint: See haivemind list.\n')
    expect(stdout.text).toBe('')
  })

  it('prints an error as one line with --json', () => {
    const { stderr, print } = setUp({ json: true })
    print.error(body, 'req_1')
    expect(stderr.text).toBe(
      '{"error":{"code":"server_not_found","message":"server \\"weathr\\" not found","hint":"See haivemind list.","request_id":"req_1"}}\n',
    )
  })

  it('prints one document with --json and never calls the text renderer', () => {
    const { stdout, print } = setUp({ json: true })
    print.result({ servers: [] }, () => print.line('no'))
    expect(JSON.parse(stdout.text)).toEqual({ servers: [] })
  })

  it('prints a stream as one object a line with --json', () => {
    const { stdout, print } = setUp({ json: true })
    print.record({ a: 1 }, 'one')
    print.record({ a: 2 }, 'two')
    expect(stdout.text).toBe('{"a":1}\n{"a":2}\n')
  })

  it('keeps talk off stdout, free of escape sequences, and silent with --quiet', () => {
    const loud = setUp()
    // A hosted server's tool names are in it.
    loud.print.note('work\u001b]0;title\u0007ing')
    expect([loud.stdout.text, loud.stderr.text]).toEqual(['', 'working\n'])
    const quiet = setUp({ quiet: true })
    quiet.print.note('working')
    expect(quiet.stderr.text).toBe('')
  })
})

describe('decideColor', () => {
  const terminal = Object.assign(new Sink(), { isTTY: true })
  it.each([
    ['a terminal', terminal, {}, true],
    ['a pipe', new Sink(), {}, false],
    ['a dumb terminal', terminal, { TERM: 'dumb' }, false],
    ['NO_COLOR', terminal, { NO_COLOR: '1', FORCE_COLOR: '1' }, false],
    ['an empty NO_COLOR', terminal, { NO_COLOR: '' }, true],
    ['FORCE_COLOR', new Sink(), { FORCE_COLOR: '1' }, true],
  ])('%s', (_, stream, env, expected) => {
    expect(decideColor(stream, env)).toBe(expected)
  })
})

describe('renderTable', () => {
  it('pads columns, shows - for nothing and does not pad the last one', () => {
    expect(
      renderTable(
        ['NAME', 'STATUS'],
        [
          ['weather', 'running'],
          ['m', null],
        ],
        null,
      ),
    ).toEqual(['NAME     STATUS', 'weather  running', 'm        -'])
  })

  it('cuts to the width of a terminal', () => {
    expect(renderTable(['NAME'], [['a-long-name']], 6)).toEqual(['NAME', 'a-lon…'])
  })
})

describe('stripControls', () => {
  it.each([
    ['colours', '\u001b[31mred\u001b[0m', 'red'],
    ['a window title', '\u001b]0;owned\u0007text', 'text'],
    ['a cleared screen', '\u001b[2Jtext', 'text'],
    ['a carriage return that would hide the line', 'secret\rharmless', 'secretharmless'],
    ['C1 controls', '\u009b31mred', '31mred'],
    ['tabs and newlines stay', 'a\tb\nc', 'a\tb\nc'],
  ])('%s', (_, text, expected) => {
    expect(stripControls(text)).toBe(expected)
  })
})
