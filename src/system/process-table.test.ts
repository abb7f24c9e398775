import { describe, expect, it } from 'vitest'
import {
  findProcess,
  isAlive,
  isTaken,
  listTree,
  readBootId,
  readCommandLine,
  readCredentials,
  readNamespace,
  signalProcess,
  waitUntilGone,
} from './process-table.ts'
import { spawnProcess } from './spawn.ts'

const start = (...argv: readonly string[]) =>
  spawnProcess(argv, { environment: {}, stdio: 'ignore', detached: true }).pid ?? -1

describe('the process table', () => {
  it('finds a process with who it is, and nothing where there is none', () => {
    expect(findProcess(process.pid)).toMatchObject({ pid: process.pid, parent: process.ppid })
    expect(findProcess(2 ** 22 + 1)).toBeNull()
    expect(readBootId()).toMatch(/^[0-9a-f-]{36}$/)
    expect(readCredentials(process.pid)?.uids[0]).toBe(process.getuid?.())
    expect(readNamespace('self', 'net')).toMatch(/^net:\[\d+\]$/)
  })

  it('signals only the process that is meant: a pid with another start time is left alone', async () => {
    const facts = findProcess(start('/usr/bin/sleep', '60'))
    if (facts === null) throw new Error('sleep did not start')
    const stranger = { pid: facts.pid, startTime: facts.startTime + 1 }
    expect(signalProcess(stranger, 'SIGKILL')).toBe(false)
    expect(isAlive(facts)).toBe(true)
    expect(isTaken(facts.pid)).toBe(true)
    expect(signalProcess(facts, 'SIGKILL')).toBe(true)
    expect(await waitUntilGone(facts, 5000)).toBe(true)
    expect(signalProcess(facts, 'SIGKILL')).toBe(false)
  })

  it('lists a tree, and reads what a process was started with', async () => {
    const facts = findProcess(start('/bin/sh', '-c', 'sleep 60 & sleep 60; :'))
    if (facts === null) throw new Error('sh did not start')
    while (listTree(facts.pid).length < 3) await new Promise((resolve) => setTimeout(resolve, 5))
    const tree = listTree(facts.pid)
    expect(tree[0]?.pid).toBe(facts.pid)
    expect(tree.slice(1).map(({ parent }) => parent)).toEqual([facts.pid, facts.pid])
    expect(readCommandLine(facts.pid)).toEqual(['/bin/sh', '-c', 'sleep 60 & sleep 60; :'])
    for (const one of tree.toReversed()) signalProcess(one, 'SIGKILL')
  })
})
