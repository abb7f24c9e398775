/** The recommender against the bars on generated traces, and against lies told to it. `npm run replay` shows it all. */
import { describe, expect, it } from 'vitest'
import { judgeConfidence } from '../../src/insight/recommend/judge-history.ts'
import { judgeGenerated } from '../bench/replay/bars.ts'
import { compare, measure, resample } from '../bench/replay/compare.ts'
import { generateTraces, isLeaking } from '../bench/replay/generate.ts'
import { POLICIES, type Policy } from '../bench/replay/policies.ts'
import { isReported, parseTrace, readTraces } from '../bench/replay/read-traces.ts'
import { replayRecorded, REPORTING_SEEDS, TUNING_SEEDS } from '../bench/replay/run-replay.ts'
import { createRandom } from '../bench/replay/seeded.ts'
import { CPU_POLICIES, simulateCpu } from '../bench/replay/simulate-cpu.ts'
import { simulateMemory } from '../bench/replay/simulate-memory.ts'
import { countDays, readHours, STEPS_PER_DAY, type Trace } from '../bench/replay/trace.ts'

const SEED = REPORTING_SEEDS[0]!
const traces = generateTraces(SEED).filter((trace) => !isLeaking(trace))
const policy = (name: string): Policy => POLICIES.find((entry) => entry.name === name)!
const run = (fleet: readonly Trace[], chosen: Policy) =>
  measure({ ...chosen, outcomes: simulateMemory(fleet, chosen) })
const others = ['VPA-style p90 +15 %', 'static 512 MiB'].map((name) => run(traces, policy(name)))
const cpu = [
  simulateCpu(
    traces,
    CPU_POLICIES.find(({ name }) => name === 'ours')!,
  ),
]
const judge = (balanced: Policy) =>
  judgeGenerated({ figures: [{ ...run(traces, balanced), name: 'balanced' }, ...others], pairs: [], cpu })
const notHeld = (chosen: Policy) => judge(chosen).filter(({ held }) => !held)

describe('the bars on generated traces', () => {
  it('L-5, L-6: hold for the balanced tier on a seed that no rule was tuned on', () => {
    expect(TUNING_SEEDS).not.toContain(SEED)
    expect(judge(policy('balanced')).map(({ id }) => id)).toEqual(['L-5', 'L-5', 'L-5', 'L-5', 'L-6'])
    expect(notHeld(policy('balanced'))).toEqual([])
  })

  it('L-5: do not hold for rules that reserve too much or too little', () => {
    expect(notHeld(policy('safe')).map(({ text }) => text)).toEqual([
      expect.stringContaining('footprint'),
      expect.stringContaining("static 512's footprint"),
    ])
    expect(notHeld(policy('KRR-style +15 %')).map(({ text }) => text)).toEqual([
      expect.stringContaining('OOM-days'),
      expect.stringContaining("VPA-style's OOM-days"),
    ])
  })
})

/** Each day of each server is that of another one. */
function shuffleDays(fleet: readonly Trace[], daysAPiece: number): Trace[] {
  const random = createRandom(SEED, 99)
  const shuffled = fleet.map((trace) => ({ ...trace, memory: trace.memory.slice() }))
  for (let day = 0; day < countDays(fleet[0]!); day += daysAPiece) {
    const order = fleet.map((_, index) => index)
    for (let i = order.length - 1; i > 0; i--) {
      const j = random.integer(0, i)
      ;[order[i], order[j]] = [order[j]!, order[i]!]
    }
    const from = day * STEPS_PER_DAY
    for (const [index, trace] of shuffled.entries()) {
      const other = fleet[order[index]!]!.memory
      trace.memory.set(other.subarray(from, from + daysAPiece * STEPS_PER_DAY), from)
    }
  }
  return shuffled
}

function meanConfidence(fleet: readonly Trace[]): number {
  const values = fleet.map((trace) => {
    const { peak } = readHours(trace)
    const peaks = Array.from({ length: countDays(trace) }, (_, day) => ({
      id: `${day}`,
      day,
      mib: Math.max(...peak.subarray(day * 24, day * 24 + 24)),
      full: true,
    }))
    return judgeConfidence({ peaks, kills: [] }, 14, 20_000, countDays(trace) - 0.01).value
  })
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

describe('lies', () => {
  it('L-7: confidence and gain drop when the days are those of other servers', () => {
    const lie = shuffleDays(traces, 1)
    expect(meanConfidence(traces)).toBeGreaterThan(0.9)
    expect(meanConfidence(lie)).toBeLessThan(meanConfidence(traces) - 0.1)
    const truth = run(traces, policy('balanced'))
    const lied = run(lie, policy('balanced'))
    expect(lied.reservedMib).toBeGreaterThan(1.2 * truth.reservedMib)
    expect(lied.footprint).toBeGreaterThan(truth.footprint + 0.3)
  })

  it('L-7: servers that become another one in the middle are killed more often', () => {
    const truth = run(traces, policy('balanced'))
    expect(run(shuffleDays(traces, 15), policy('balanced')).oomDaysPercent).toBeGreaterThan(
      1.3 * truth.oomDaysPercent,
    )
  })

  it('L-7: a recommender that is told the limit for the use is caught', () => {
    const { family, decide } = policy('balanced')
    const fooled: Policy = {
      family,
      name: 'fooled',
      decide: (seen) => decide!({ ...seen, peaks: seen.peaks.map(() => seen.limitMib) }),
    }
    expect(notHeld(fooled).map(({ text }) => text)).toContainEqual(expect.stringContaining('footprint'))
  })
})

describe('comparing', () => {
  it('finds a policy equal to itself, and the same traces for the same seed', () => {
    const bytes = (seed: number) => Buffer.from(generateTraces(seed)[30]!.memory.buffer)
    const known = Buffer.from(traces[30]!.memory.buffer)
    expect(bytes(SEED).equals(known)).toBe(true)
    expect(bytes(SEED + 1).equals(known)).toBe(false)
    const outcomes = simulateMemory(traces, policy('balanced'))
    const points = resample(
      [
        { family: 'a', name: 'a', outcomes },
        { family: 'b', name: 'b', outcomes },
      ],
      1,
    )
    expect(compare(points, 'a', 'b', ['b'])).toEqual({
      ours: 'a',
      against: 'b',
      footprintRatio: { value: 1, low: 1, high: 1 },
      oomDifference: { value: 0, low: 0, high: 0 },
    })
  })
})

describe('recorded traces', () => {
  const DAY = 86_400
  const rows = (count: number, memory: (index: number) => string) =>
    ['time,memory_bytes', ...Array.from({ length: count }, (_, i) => `${i * 150},${memory(i)}`)].join('\n')

  it('are brought to one value per 5 minutes, by the highest memory', () => {
    const trace = parseTrace(
      'a',
      rows((4 * DAY) / 150, (i) => String((i % 2 === 0 ? 100 : 50) * 1024 ** 2)),
    )
    expect(trace).toMatchObject({ name: 'a', cpu: undefined, provisionedMib: 200, warmUpDays: 3 })
    expect([...(trace as Trace).memory.subarray(0, 3)]).toEqual([100, 100, 100])
    expect(countDays(trace as Trace)).toBe(4)
  })

  it('are refused with a reason', () => {
    const full = (4 * DAY) / 150
    expect(parseTrace('a', 'time,cpu\n1,2')).toBe('no column time or memory_bytes')
    expect(parseTrace('a', 'time,memory_bytes\nlater,2')).toBe('no time that can be read')
    expect(parseTrace('a', 'time,memory_bytes\n0,2\n99999999999,3')).toBe('more than a year')
    expect(
      parseTrace(
        'a',
        rows(100, () => '1'),
      ),
    ).toBe('less than 4 days')
    expect(
      parseTrace(
        'a',
        rows(full, () => '1048576'),
      ),
    ).toBe('a peak of 1 MiB')
    expect(
      parseTrace(
        'a',
        rows(full, (i) => (i % 8 < 2 ? '' : '1e9')),
      ),
    ).toBe('288 of 1152 steps missing')
  })

  const folder = process.env.HAIVEMIND_TRACES
  it.skipIf(folder === undefined)(
    'L-1, L-2, L-3, L-4, L-6: hold on the reporting half (needs recordings in the folder HAIVEMIND_TRACES)',
    { timeout: 300_000 },
    () => {
      const { bars } = replayRecorded(readTraces(folder!).traces.filter(isReported))
      expect(bars.filter(({ held }) => !held)).toEqual([])
    },
  )
})
