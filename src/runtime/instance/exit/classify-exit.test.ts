import { describe, expect, it } from 'vitest'
import type { ExitClass } from '../../../domain/exit-class.ts'
import type { ExitEvidence } from '../../ports.ts'
import { classifyExit, type ExitFacts } from './classify-exit.ts'

const HEAP =
  'FATAL ERROR: Ineffective mark-compacts near heap limit Allocation failed - JavaScript heap out of memory'
const NO_MODULE = "ModuleNotFoundError: No module named 'x'"
const MEMORY_ERROR =
  'Traceback (most recent call last):\n  File "/app/x.py", line 1, in <module>\n    x = bytearray(n)\nMemoryError'
const seen = (evidence: Partial<ExitEvidence>): Partial<ExitFacts> => ({
  evidence: { refusedTasks: 0, isOverDisk: false, isOffline: false, refusedPlaces: [], ...evidence },
})
const api = { host: 'api.example.com', port: 443 }

const FACTS: ExitFacts = {
  cause: 'exited',
  code: 1,
  signal: null,
  detail: 'It ended',
  evidence: null,
  phase: 'starting',
  stderr: '',
}
const by = (signal: string): Partial<ExitFacts> => ({ cause: 'signalled', code: null, signal })

describe('classifyExit', () => {
  it.each<[string, Partial<ExitFacts>, ExitClass | undefined]>([
    ['who asked comes before what it wrote', { cause: 'asked', stderr: NO_MODULE }, undefined],
    ['the kernel before the text', { cause: 'out_of_memory', stderr: NO_MODULE }, 'out_of_memory'],
    ['a kill without a record of memory is none', { ...by('SIGKILL'), stderr: HEAP }, 'killed_externally'],
    ['the heap limit with its abort', { ...by('SIGABRT'), stderr: HEAP }, 'out_of_memory'],
    ['the same words with code 1 are words', { stderr: HEAP }, 'unknown'],
    ['an abort without those words', { ...by('SIGABRT'), stderr: 'terminate called' }, 'native_crash'],
    ['Python without memory', { stderr: MEMORY_ERROR }, 'out_of_memory'],
    ['the word alone', { stderr: 'MemoryError is what we avoid' }, 'unknown'],
    ['a signal before the text', { ...by('SIGSEGV'), stderr: NO_MODULE }, 'native_crash'],
    [
      'no address space',
      { ...by('SIGTRAP'), stderr: '# Failed to reserve virtual memory' },
      'platform_fault',
    ],
    ['a forbidden call', by('SIGSYS'), 'sandbox_denied'],
    ['time on the processor', by('SIGXCPU'), 'resource_limit'],
    ['somebody’s SIGTERM', by('SIGTERM'), 'killed_externally'],
    ['the sandbox killed as a whole', { cause: 'signalled', code: null }, 'killed_externally'],
    ['more files than it may have', { cause: 'platform', ...seen({ isOverDisk: true }) }, 'resource_limit'],
    ['the platform', { cause: 'platform' }, 'platform_fault'],
    [
      'threads that the kernel refused',
      { stderr: "can't start new thread", ...seen({ refusedTasks: 3 }) },
      'resource_limit',
    ],
    ['threads that it did not refuse', { stderr: "can't start new thread", ...seen({}) }, 'unknown'],
    ['refused processes and nothing said', seen({ refusedTasks: 1 }), 'resource_limit'],
    ['code 0 before it served', { code: 0, stderr: NO_MODULE }, 'not_a_server'],
    ['code 0 afterwards', { code: 0, phase: 'serving' }, 'clean_exit'],
    ['127 without a word', { code: 127 }, 'missing_command'],
    ['a clock of ours', { cause: 'start_timeout', signal: 'SIGTERM', code: null }, 'start_timeout'],
    ['silence', { cause: 'health', phase: 'serving' }, 'unresponsive'],
    ['a line without end', { cause: 'protocol', signal: 'SIGTERM', code: null }, 'protocol'],
    ['a refused initialize', { cause: 'init_failed', signal: 'SIGTERM', code: null }, 'protocol'],
    [
      'what the refusal says of a key',
      { cause: 'init_failed', signal: 'SIGTERM', code: null, detail: 'It refused: API_KEY is required.' },
      'missing_secret',
    ],
    [
      'a place that is down',
      { stderr: 'getaddrinfo ENOTFOUND api.example.com', ...seen({}) },
      'dependency_down',
    ],
    [
      'a place without a network',
      { stderr: 'getaddrinfo ENOTFOUND api.example.com', ...seen({ isOffline: true }) },
      'egress_denied',
    ],
    [
      'its own loopback',
      { stderr: 'connect ECONNREFUSED 127.0.0.1:6379', ...seen({ isOffline: true }) },
      'dependency_down',
    ],
    [
      'a place that the proxy refused',
      { stderr: 'ECONNRESET api.example.com', ...seen({ refusedPlaces: [api] }) },
      'egress_denied',
    ],
    [
      'another place than it refused',
      { stderr: 'ECONNRESET db.example.com', ...seen({ refusedPlaces: [api] }) },
      'dependency_down',
    ],
    ['a syntax error before it served', { stderr: 'SyntaxError: invalid syntax' }, 'bad_code'],
    ['one in what it read', { stderr: 'SyntaxError: Unexpected token < in JSON at position 0' }, 'unknown'],
    ['chatter is no last word', { stderr: '2026-01-01 INFO retry after ECONNREFUSED\nboom' }, 'unknown'],
    [
      'the last error of two',
      { stderr: `Error: connect ECONNREFUSED 10.0.0.1:1\n${'    at x\n'.repeat(500)}${NO_MODULE}` },
      'missing_dependency',
    ],
  ])('%s', (_, facts, expected) => {
    expect(classifyExit({ ...FACTS, ...facts })?.kind).toBe(expected)
  })
})

const PYTHON_CRASH =
  'Traceback (most recent call last):\n  File "/app/x.py", line 4, in handle\n    mean = total / len(all)\nZeroDivisionError: division by zero\n'
const NODE_CRASH =
  '/app/index.js:12\n  return found.name\n               ^\n\nTypeError: Cannot read properties of undefined\n    at handle (/app/index.js:12:23)\n\nNode.js v26.1.0\n'
const CHAINED =
  'Traceback (most recent call last):\n  File "/app/x.py", line 1, in <module>\n    connect()\nConnectionRefusedError: [Errno 111] Connection refused\n\nDuring handling of the above exception, another exception occurred:\n\nTraceback (most recent call last):\n  File "/app/x.py", line 3, in <module>\n    raise Oops()\nOops\n'

describe('the end of one that had served', () => {
  it.each<[string, string, ExitClass]>([
    ['a warning at its start', `API_KEY is not set: anonymous\n${PYTHON_CRASH}`, 'unknown'],
    ['a cache it did without', `connect ECONNREFUSED 127.0.0.1:6379\n${NODE_CRASH}`, 'unknown'],
    [
      'a call that failed long ago',
      `server.sh: line 4: jq: command not found\n${'GET /ok\n'.repeat(500)}`,
      'unknown',
    ],
    ['an error it logged and outlived', `${CHAINED}${'GET /ok\n'.repeat(500)}`, 'unknown'],
    ['what it says last', `${'GET /ok\n'.repeat(500)}connect ECONNREFUSED 127.0.0.1:6379`, 'dependency_down'],
    ['what the last error followed from', `API_KEY is not set\n${CHAINED}`, 'dependency_down'],
  ])('is told by its last words: %s', (_, stderr, expected) => {
    expect(classifyExit({ ...FACTS, phase: 'serving', stderr })?.kind).toBe(expected)
  })

  it('while it starts, an earlier complaint may well be the reason', () => {
    expect(classifyExit({ ...FACTS, stderr: `API_KEY is not set\n${PYTHON_CRASH}` })?.kind).toBe(
      'missing_secret',
    )
  })
})
