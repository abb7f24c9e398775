/** `npm run replay`: our rules and others' over the same traces, and whether the bars hold. */
import { parseArgs } from 'node:util'
import { isReported, readTraces } from './read-traces.ts'
import { renderGroup } from './render.ts'
import { replayGenerated, replayRecorded, REPORTING_SEEDS, TUNING_SEEDS } from './run-replay.ts'

const { values } = parseArgs({
  options: {
    seeds: { type: 'string' },
    traces: { type: 'string' },
    'only-traces': { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
})

/** `1-5,9`. */
function parseSeeds(text: string): number[] {
  return text.split(',').flatMap((part) => {
    const [, from = '', to = from] = /^(\d{1,10})(?:-(\d{1,10}))?$/.exec(part.trim()) ?? []
    const first = Number(from)
    const count = Number(to) - first + 1
    if (from === '' || Number(to) > 0xffffffff || count < 1 || count > 1000) {
      throw new Error(`--seeds: ${part} is no seed or range of up to 1000 seeds`)
    }
    return Array.from({ length: count }, (_, index) => first + index)
  })
}

if (values['only-traces'] && values.traces === undefined) throw new Error('--only-traces needs --traces DIR')
const startedAt = performance.now()
const seeds = values.seeds === undefined ? REPORTING_SEEDS : parseSeeds(values.seeds)
const recordings = values.traces === undefined ? undefined : readTraces(values.traces)
const reported = recordings?.traces.filter(isReported) ?? []
if (recordings !== undefined && reported.length === 0) {
  throw new Error(`--traces: none to report on; skipped: ${recordings.skipped.join('; ') || 'none'}`)
}
const generated = values['only-traces'] ? undefined : await replayGenerated(seeds)
const recorded = recordings === undefined ? undefined : replayRecorded(reported)
const bars = [...(generated?.bars ?? []), ...(recorded?.bars ?? [])]

if (values.json) {
  const skipped = recordings?.skipped ?? []
  console.log(
    JSON.stringify({ seeds, tuning_seeds: TUNING_SEEDS, generated, recorded, skipped, bars }, null, 2),
  )
} else {
  if (generated !== undefined) {
    console.log(
      renderGroup(`Generated, seeds ${seeds.join(' ')} (tuned on ${TUNING_SEEDS.join(' ')})`, generated),
    )
  }
  if (recorded !== undefined && recordings !== undefined) {
    const told = `${recordings.traces.length} read, ${recordings.skipped.length} skipped`
    console.log(renderGroup(`Recorded, the half to report on (${told})`, recorded))
  } else console.log('L-1 to L-4: not judged, there is no folder of recordings (--traces DIR)')
  console.log(`${((performance.now() - startedAt) / 1000).toFixed(0)} s`)
}
if (bars.some(({ held }) => !held)) process.exitCode = 1
