import { expect, it } from 'vitest'
import { parseStatus } from './run-dir.ts'

it('reads bubblewrap’s two lines, and takes cut or foreign ones for unknown', () => {
  const first = '{ "child-pid": 31, "cgroup-namespace": 4026533042 }\n'
  expect(parseStatus('')).toEqual({ childPid: null, exitCode: null })
  expect(parseStatus(first)).toEqual({ childPid: 31, exitCode: null })
  expect(parseStatus(`${first}{ "exit-code": 143 }\n`)).toEqual({ childPid: 31, exitCode: 143 })
  expect(parseStatus(`${first}{ "exit-co`)).toEqual({ childPid: 31, exitCode: null })
  expect(parseStatus('{ "child-pid": -1 }\nnull\n[]\n')).toEqual({ childPid: null, exitCode: null })
})
