import { describe, expect, it } from 'vitest'
import type { InstanceEnd } from '../../ports.ts'
import { buildExit } from './build-exit.ts'

const END: InstanceEnd = { cause: 'exited', code: 1, signal: null, detail: 'It ended', hint: null, at: 7 }
const words = (text: string) => ({ evidence: text, shown: text })
const hint = (stderr: string, end: Partial<InstanceEnd> = {}) =>
  buildExit({ ...END, ...end }, words(stderr), 'starting').hint

describe('buildExit', () => {
  it.each([
    ["ModuleNotFoundError: No module named 'httpx'", 'Add httpx to requirements.txt or pyproject.toml'],
    ["ModuleNotFoundError: No module named 'yaml.cyaml'", 'Add yaml to requirements.txt'],
    ["Error: Cannot find module 'express'\nRequire stack:", 'Add express to "dependencies" in package.json'],
    [
      "Error [ERR_MODULE_NOT_FOUND]: Cannot find package 'zod' imported from /app/x.js",
      'Add zod to "dependencies"',
    ],
    ["Error: Cannot find module '/app/dist/index.js'", 'The archive lacks the file /app/dist/index.js'],
    ['/app/run.sh: line 3: jq: command not found', 'The sandbox has no command jq'],
  ])('names what is missing in %s', (stderr, expected) => {
    expect(hint(stderr)).toContain(expected)
  })

  it.each([
    ['bash: /app/server.sh: No such file or directory', 'The archive lacks the file /app/server.sh'],
    [
      "/usr/bin/python3: can't open file '/app/main.py': [Errno 2] No such file or directory",
      'The archive lacks the file /app/main.py',
    ],
  ])('names the file that the start command lacks in %s', (stderr, expected) => {
    expect(hint(stderr, { code: 127 })).toContain(expected)
  })

  it('takes 127 for a missing command only from the launcher’s own mouth', () => {
    const end: InstanceEnd = {
      ...END,
      cause: 'init_failed',
      code: 127,
      detail: 'The start command was not found.',
    }
    expect(buildExit(end, words('sh: 8: exec: /app/run.sh: not found'), 'starting')).toMatchObject({
      cause: 'init_failed',
      detail: 'The start command was not found.',
    })
    expect(
      buildExit(end, words('bash: /app/server.sh: No such file or directory'), 'starting'),
    ).toMatchObject({
      cause: 'init_failed',
      class: 'missing_file',
      code: 127,
      detail: 'It ended by itself with code 127: it lacks the file /app/server.sh.',
    })
  })

  it('does not advise to list a package that is listed, when a part of it is missing', () => {
    expect(hint("ModuleNotFoundError: No module named 'mcp.server.fastmcp'")).toBe(
      'Where mcp is listed already, name there a version of it that has mcp.server.fastmcp. ' +
        'Else: Add mcp to requirements.txt or pyproject.toml, or correct the import, and deploy again.',
    )
  })

  it.each([
    'curl: (6) Could not resolve host: api.example.org',
    'socket.gaierror: [Errno -3] Temporary failure in name resolution',
    "{ errno: -3001, code: 'EAI_AGAIN', syscall: 'getaddrinfo' }",
    'OSError: [Errno 101] Network is unreachable',
  ])('says what a server reaches, and how, after %s', (stderr) => {
    expect(hint(stderr)).toMatch(
      /^A server reaches only the places that its "egress" names .* the proxy of HTTPS_PROXY/,
    )
  })

  it.each([
    ['signalled', 'Segmentation fault', 'Its last lines of stderr tell more. Update the package'],
    ['signalled', '', 'It wrote nothing to stderr; what came on stdout is in its log. Update'],
    [
      'exited',
      'the moon is full',
      'Its last lines of stderr tell more. A server has to keep running and answer on standard input and output.',
    ],
  ] as const)('points at stderr only where there is any: %s, "%s"', (cause, stderr, expected) => {
    const signal = cause === 'signalled' ? 'SIGSEGV' : null
    expect(hint(stderr, { cause, signal })).toContain(expected)
  })

  it('believes stderr first, then the backend, then the cause', () => {
    expect(hint("No module named 'x'", { hint: 'from the backend' })).toBe('from the backend')
    expect(hint("ImportError: No module named 'x'", { hint: 'from the backend' })).toContain('Add x')
    expect(hint('', { cause: 'out_of_memory' })).toContain('memory_mb')
  })

  it('has nothing to advise about a stop that was asked for', () => {
    expect(hint("ModuleNotFoundError: No module named 'httpx'", { cause: 'asked' })).toBeNull()
  })

  it('keeps the evidence', () => {
    expect(buildExit(END, words('last words'), 'starting')).toMatchObject({
      ...END,
      hint: expect.any(String) as string,
      stderrTail: 'last words',
    })
  })
})

describe('an end like the one before', () => {
  const error = words("TypeError: Cannot read properties of undefined (reading 'x')\n    at /app/a.js:3")
  const first = buildExit(END, error, 'starting')

  it('is counted, and twice the same error of the program is bad code', () => {
    expect(first).toMatchObject({ class: 'unknown' })
    expect(first).not.toHaveProperty('inARow')
    const second = buildExit(END, error, 'starting', first)
    expect(second).toMatchObject({ class: 'bad_code', cause: 'init_failed' })
    const third = buildExit(END, error, 'starting', second)
    expect(third).toMatchObject({ class: 'bad_code', inARow: 2 })
    expect(buildExit(END, error, 'starting', third)).toMatchObject({ inARow: 3 })
  })

  it('is none when another error ended it, or when it had served', () => {
    expect(buildExit(END, words('TypeError: other'), 'starting', first)).toMatchObject({ class: 'unknown' })
    expect(buildExit(END, error, 'serving', first)).toMatchObject({ class: 'unknown' })
  })
})
