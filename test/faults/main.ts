/**
 * `npm run faults -- F6 --seed 7 [--full] [--json]`: causes faults and judges what came of them. Without an id, all of
 * them. Exit 1 when something that must hold did not, or a figure missed its bar.
 */
import { parseArgs } from 'node:util'
import type { Fault } from './fault.ts'
import { listFaults, REGISTRY } from './registry.ts'
import { listFailures, renderFigure, runFault, type Outcome } from './run-fault.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seed: { type: 'string' },
    full: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
})
const seed = values.seed === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(values.seed)
const chosen = choose(positionals)
if (chosen === null || !Number.isSafeInteger(seed) || seed < 0) {
  console.error('usage: npm run faults -- [F6 …] [--seed N] [--full] [--json]\n')
  for (const entry of REGISTRY) {
    console.error(`  ${entry.id.padEnd(4)} ${'run' in entry ? entry.title : `(not yet: ${entry.notYet})`}`)
  }
  process.exitCode = 2
} else await runAll(chosen)

/** Null when an id names no fault that can be run. */
function choose(ids: readonly string[]): readonly Fault[] | null {
  const faults = listFaults()
  if (ids.length === 0) return faults
  const found = ids.map((id) => faults.find((fault) => fault.id === id.toUpperCase()))
  return found.every((fault) => fault !== undefined) ? found : null
}

async function runAll(faults: readonly Fault[]): Promise<void> {
  const interruption = new AbortController()
  // What a fault started is put away by the fault: a second signal ends at once.
  process.once('SIGINT', () => interruption.abort(new Error('interrupted')))
  const size = values.full ? 'full' : 'slice'
  for (const fault of faults) {
    if (interruption.signal.aborted) break
    if (!values.json) console.log(`${fault.id} ${fault.title} (seed ${seed}, ${size})`)
    const outcome = await runFault(fault, { seed, size, signal: interruption.signal })
    if (listFailures(outcome).length > 0) process.exitCode = 1
    if (values.json) console.log(JSON.stringify(outcome))
    else print(outcome)
  }
  if (interruption.signal.aborted) process.exitCode = 130
}

function print(outcome: Outcome): void {
  for (const figure of outcome.figures) console.log(`  ${renderFigure(figure)}`)
  for (const line of outcome.notes) console.log(`  note: ${line}`)
  for (const sentence of outcome.broken) console.log(`  BROKEN: ${sentence}`)
  const again = `npm run faults -- ${outcome.id} --seed ${outcome.seed}${outcome.size === 'full' ? ' --full' : ''}`
  const verdict = listFailures(outcome).length === 0 ? 'held' : `did not hold; again: ${again}`
  console.log(`  ${verdict} (${outcome.seconds} s)`)
}
