/** Traces from a seed: 25 servers of each kind over 30 days. This file knows nothing of the rules that are judged on it. */
import { createRandom, type Random } from './seeded.ts'
import { STEPS_PER_DAY, STEPS_PER_HOUR, type Trace } from './trace.ts'

const DAYS = 30
const STEPS = DAYS * STEPS_PER_DAY
const SERVERS_A_KIND = 25
const MEAN_MIB = 85e6 / 1024 ** 2

type Base = { readonly b: number; readonly requests: Float64Array; readonly random: Random }
/** What a kind of server holds beside its base and its requests, step by step. */
type Kind = (base: Base) => (step: number) => number

/** 0 at night, up to 1 by day. */
function dayCurve(step: number): number {
  return Math.max(0, Math.sin((2 * Math.PI * (step % STEPS_PER_DAY)) / STEPS_PER_DAY - Math.PI / 2))
}

const nothing: Kind = () => () => 0

const bursty: Kind = ({ b, random }) => {
  let left = 0
  let height = 0
  return () => {
    if (left === 0 && random.uniform(0, 1) < 0.004) {
      left = random.integer(1, 8)
      height = random.uniform(0.3, 1.2) * b
    }
    if (left === 0) return 0
    left--
    return height
  }
}

const heavyTail: Kind =
  ({ b, random }) =>
  () =>
    random.uniform(0, 1) < 0.03 ? 0.12 * b * random.pareto(1.9) : 0

const cacheFill: Kind = ({ b, requests, random }) => {
  const full = random.uniform(0.4, 1.6) * b
  const constants = random.uniform(1, 6)
  const total = requests.reduce((sum, count) => sum + count, 0)
  let calls = 0
  return (step) => {
    calls += requests[step]!
    return full * (1 - Math.exp((-constants * calls) / Math.max(1, total)))
  }
}

const sawTooth: Kind = ({ b, random }) => {
  const period = random.integer(6, 79)
  return (step) => 0.5 * b * ((step % period) / period)
}

const deployStep: Kind = ({ b, random }) => {
  const steps = Array.from({ length: random.integer(1, 3) }, () => ({
    at: random.integer(3 * STEPS_PER_DAY, STEPS - 1),
    factor: random.uniform(0.85, 1.45),
  }))
  return (step) =>
    b * (steps.reduce((product, { at, factor }) => (at <= step ? product * factor : product), 1) - 1)
}

const weeklyBatch: Kind = ({ b, random }) => {
  const week = 7 * STEPS_PER_DAY
  const start = random.integer(0, week - 1)
  const height = random.uniform(0.8, 2) * b
  return (step) => ((step - start + week) % week < STEPS_PER_HOUR ? height : 0)
}

const coldStart: Kind = ({ b, random }) => {
  const first = random.integer(0, 2 * STEPS_PER_DAY - 1)
  return (step) => (step % (2 * STEPS_PER_DAY) === first ? random.uniform(0.4, 1) * b : 0)
}

const KINDS: Readonly<Record<string, Kind>> = {
  steady: nothing,
  idle: nothing,
  diurnal:
    ({ b }) =>
    (step) =>
      0.5 * b * dayCurve(step),
  bursty,
  'heavy-tail': heavyTail,
  'cache-fill': cacheFill,
  'saw-tooth': sawTooth,
  'deploy-step': deployStep,
  'weekly-batch': weeklyBatch,
  'cold-start': coldStart,
}

/** Not among the ten kinds that are compared: no limit cures a leak, so it is reported on its own. */
const LEAKING = 'leaking'

export function generateTraces(seed: number): Trace[] {
  return [...Object.keys(KINDS), LEAKING].flatMap((kind, kindIndex) =>
    Array.from({ length: SERVERS_A_KIND }, (_, index) => generateTrace(kind, seed, kindIndex * 1000 + index)),
  )
}

export function isLeaking(trace: Trace): boolean {
  return trace.kind === LEAKING
}

function generateTrace(kind: string, seed: number, stream: number): Trace {
  const random = createRandom(seed, stream)
  const b = MEAN_MIB * random.lognormal(0, 0.35)
  const rate = kind === 'idle' ? 0.02 : random.uniform(0.5, 6)
  const requests = new Float64Array(STEPS)
  for (let step = 0; step < STEPS; step++) {
    const isWeekend = Math.floor(step / STEPS_PER_DAY) % 7 >= 5
    const curve = kind === 'idle' ? 1 : dayCurve(step)
    requests[step] = random.poisson(rate * curve * (isWeekend ? 0.35 : 1))
  }
  const extra = (KINDS[kind] ?? nothing)({ b, requests, random })
  const memory = new Float64Array(STEPS)
  const cpu = new Float64Array(STEPS)
  const idleCost = random.uniform(1, 8)
  const callCost = random.lognormal(Math.log(40), 0.8)
  for (let step = 0; step < STEPS; step++) {
    const count = requests[step]!
    let used = b * (1 + Math.abs(0.02 * random.normal()))
    if (count > 0) used += 0.03 * b * Math.min(count, 10) * random.lognormal(0, 0.4)
    const added = extra(step)
    memory[step] = used + added
    // What a kind adds in memory is work too: bursts, batches and starts take CPU while they last.
    const busy = kind === 'bursty' || kind === 'weekly-batch' || kind === 'cold-start'
    cpu[step] = idleCost + callCost * count * random.lognormal(0, 0.3) + (busy ? (300 * added) / b : 0)
  }
  return {
    name: `${kind}-${seed}-${stream}`,
    kind,
    memory,
    cpu,
    leak: kind === LEAKING ? random.uniform(2, 40) / STEPS_PER_HOUR : 0,
    provisionedMib: 512,
    provisionedMillicores: 1000,
    warmUpDays: 1,
  }
}
