import { appendFileSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { openStatusReader, parseStatus, statusFileOf } from './run-dir.ts'

it('reads bubblewrap’s two lines, and takes cut or foreign ones for unknown', () => {
  const first = '{ "child-pid": 31, "cgroup-namespace": 4026533042 }\n'
  expect(parseStatus('')).toEqual({ childPid: null, exitCode: null })
  expect(parseStatus(first)).toEqual({ childPid: 31, exitCode: null })
  expect(parseStatus(`${first}{ "exit-code": 143 }\n`)).toEqual({ childPid: 31, exitCode: 143 })
  expect(parseStatus(`${first}{ "exit-co`)).toEqual({ childPid: 31, exitCode: null })
  expect(parseStatus('{ "child-pid": -1 }\nnull\n[]\n')).toEqual({ childPid: null, exitCode: null })
})

it('sees each line that is added, also within the same moment, and reads what was not whole again', async () => {
  const runDir = mkdtempSync(join(tmpdir(), 'run-dir-'))
  try {
    const read = openStatusReader(runDir)
    expect(await read()).toMatchObject({ childPid: null, exitCode: null })
    const path = statusFileOf(runDir)
    const add = (text: string) => {
      appendFileSync(path, text)
      utimesSync(path, 1, 1)
    }
    add('{ "child-p')
    expect(await read()).toMatchObject({ childPid: null, exitCode: null })
    add('id": 31 }\n')
    expect(await read()).toMatchObject({ childPid: 31, exitCode: null })
    expect(await read()).toMatchObject({ childPid: 31, exitCode: null })
    add('{ "exit-code": 0 }\n')
    expect(await read()).toMatchObject({ childPid: 31, exitCode: 0 })
    rmSync(path)
    expect(await read()).toMatchObject({ childPid: null, exitCode: null })
    writeFileSync(path, '{ "child-pid": 32 }\n')
    expect(await read()).toMatchObject({ childPid: 32, exitCode: null })
  } finally {
    rmSync(runDir, { recursive: true })
  }
})
