/** docs/faults.md has a row for every fault of the registry, and says of each whether it was caused, or why not yet. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Fault } from './faults/fault.ts'
import { REGISTRY } from './faults/registry.ts'
import { createRandom, listFailures, runFault } from './faults/run-fault.ts'

const page = readFileSync(join(import.meta.dirname, '../docs/faults.md'), 'utf8')
const rows = [...page.matchAll(/^\| (F\d+) +\| (.*?) +\| (.*?) +\| (.*?) +\|$/gm)].map(
  ([, id = '', fault = '', aim = '', result = '']) => ({ id, fault, aim, result }),
)

describe('docs/faults.md', () => {
  it('has F1 to F30, in order, as the registry has them', () => {
    const all = Array.from({ length: 30 }, (_, n) => `F${n + 1}`)
    expect(REGISTRY.map(({ id }) => id)).toEqual(all)
    expect(rows.map(({ id }) => id)).toEqual(all)
  })

  const built = REGISTRY.filter((entry) => 'run' in entry)
  const missing = REGISTRY.filter((entry) => 'notYet' in entry)
  const rowOf = (id: string) => rows.find((row) => row.id === id)

  it.each(built)('calls $id by its title, and says what a full run showed', ({ id, title }) => {
    expect(rowOf(id)?.fault).toBe(title)
    expect(rowOf(id)?.result).not.toMatch(/^(?:not yet|$)/)
  })

  it('says of each of the others why it is not there yet', () => {
    expect(missing.map(({ id }) => rowOf(id)?.result)).toEqual(
      missing.map(({ notYet }) => `not yet: ${notYet}`),
    )
  })
})

describe('a run', () => {
  const signal = new AbortController().signal
  const run = (size: 'slice' | 'full', body: Fault['run']) =>
    runFault({ id: 'F0', title: 'planted', run: body }, { seed: 1, size, signal })

  it('fails when something is broken, is thrown, or cannot be cleaned up', async () => {
    const cleaned: string[] = []
    const outcome = await run('slice', (c) => {
      c.defer(() => void cleaned.push('first'))
      c.defer(() => Promise.reject(new Error('no way')))
      c.broken('a rule')
      throw new Error('on the way')
    })
    expect(outcome.broken).toEqual([
      'a rule',
      expect.stringContaining('on the way'),
      expect.stringContaining('no way'),
    ])
    expect(cleaned).toEqual(['first'])
  })

  it('judges counts always, times in a full run only, and no figure that is no number', async () => {
    const body: Fault['run'] = async (c) => {
      c.figure('lost', 1, 'calls', { atMost: 0 })
      c.figure('took', 9, 's', { atMost: 1 })
      c.figure('kept', 2, 's', { atMost: 3, atLeast: 1 })
      c.figure('nothing', Number.NaN, 'calls', { atMost: 1 })
    }
    const lost = 'lost: 1 calls (at most 0) MISSED'
    const nothing = 'nothing: NaN calls (at most 1) MISSED'
    expect(listFailures(await run('slice', body))).toEqual([lost, nothing])
    expect(listFailures(await run('full', body))).toEqual([lost, 'took: 9 s (at most 1) MISSED', nothing])
  })

  it('repeats itself with the same seed', () => {
    const draw = (seed: number) => Array.from({ length: 3 }, createRandom(seed))
    expect(draw(7)).toEqual(draw(7))
    expect(draw(7)).not.toEqual(draw(8))
  })
})
