import { describe, expect, it } from 'vitest'
import { createFakeClock } from '../../../test/fakes/clock.ts'
import { AppError } from '../../domain/error.ts'
import { DEFAULT_HEALTH_RULES } from '../../domain/health.ts'
import type { CallHandlers } from '../instance/connection.ts'
import { startLiveness, type LivenessOptions } from './liveness.ts'

/** Answers each ping at once with what `next` says; null: not at all. */
function watch(next: () => 'ok' | Error | null, options: Partial<LivenessOptions> = {}) {
  const clock = createFakeClock()
  const vitals = { responses: 0, inFlight: 0, abandoned: 0 }
  const seen: string[] = []
  const dead: string[] = []
  let pings = 0
  const request = (_method: string, _params: unknown, handlers: CallHandlers) => {
    pings++
    const answer = next()
    if (answer === 'ok') {
      vitals.responses++
      handlers.onResponse({ result: {} })
    } else if (answer !== null) handlers.onLost(new AppError('server_stopped_answering', answer.message))
    return { id: 1, cancel: () => {} }
  }
  const settings: LivenessOptions = {
    intervalMs: 30_000,
    rules: DEFAULT_HEALTH_RULES,
    atOnce: false,
    health: 'healthy',
    how: 'ping',
    ...options,
  }
  const stop = startLiveness({ request, vitals: () => vitals }, clock, settings, {
    onEvidence: ({ how, passed }, { health }) => void seen.push(`${how} ${passed ? '.' : 'x'} ${health}`),
    onDead: (detail) => {
      dead.push(detail)
      stop()
    },
  })
  return { clock, vitals, seen, dead, pings: () => pings, stop }
}

describe('startLiveness', () => {
  it('shows the second miss in a row, and ends it with the third', () => {
    const { clock, seen, dead } = watch(() => null)
    clock.advance(35_000)
    expect(seen).toEqual(['ping x healthy'])
    clock.advance(30_000)
    expect(seen).toEqual(['ping x healthy', 'ping x unhealthy'])
    expect(dead).toEqual([])
    clock.advance(30_000)
    expect(dead).toEqual(['It left 3 pings in a row unanswered, 5 s each.'])
  })

  it('waits and counts as the server asks for', () => {
    const patient = watch(() => null, { rules: { timeoutSeconds: 20, failures: 4, successes: 1 } })
    patient.clock.advance(49_000)
    expect(patient.seen).toEqual([])
    patient.clock.advance(1000)
    expect(patient.seen).toEqual(['ping x healthy'])
    patient.clock.advance(90_000)
    expect(patient.seen.slice(1)).toEqual(['ping x unhealthy', 'ping x unhealthy', 'ping x unhealthy'])
    expect(patient.dead).toEqual(['It left 4 pings in a row unanswered, 20 s each.'])
    const strict = watch(() => null, { rules: { timeoutSeconds: 0.5, failures: 1, successes: 1 } })
    strict.clock.advance(30_500)
    expect(strict.dead).toEqual(['It left a ping unanswered for 0.5 s.'])
  })

  it('asks what answers again once more within a second, before it is called healthy', () => {
    const answers = [null, null, 'ok', 'ok'] as const
    let at = 0
    const { clock, seen } = watch(() => answers[Math.min(at++, 3)]!)
    clock.advance(90_000)
    expect(seen.at(-1)).toBe('ping . unhealthy')
    clock.advance(1000)
    expect(seen.at(-1)).toBe('ping . healthy')
  })

  it('takes an answer to a caller for one, but not in the place of a health_check_url', () => {
    const plain = watch(() => 'ok')
    plain.vitals.responses++
    plain.clock.advance(30_000)
    expect([plain.seen, plain.pings()]).toEqual([['call . healthy'], 0])
    const own = watch(() => new Error('health_check_url answered 503.'), { how: 'health_check_url' })
    for (let n = 0; n < 3; n++) {
      own.vitals.responses++
      own.clock.advance(30_000)
    }
    expect(own.dead).toEqual([
      'It failed 3 checks of its health in a row (health_check_url). The last one: health_check_url answered 503.',
    ])
  })

  it('does not take its own answer for one of a call', () => {
    const { clock, seen } = watch(() => 'ok')
    clock.advance(90_000)
    expect(seen).toEqual(['ping . healthy', 'ping . healthy', 'ping . healthy'])
  })

  it('leaves one alone that works on a call, until three were given up', () => {
    const { clock, vitals, seen, pings } = watch(() => null)
    vitals.inFlight = 1
    clock.advance(300_000)
    expect([seen, pings()]).toEqual([[], 0])
    vitals.abandoned = 3
    clock.advance(30_000)
    expect(pings()).toBe(1)
  })

  it('asks an adopted one at once, and knows nothing of it before', () => {
    const { seen } = watch(() => 'ok', { atOnce: true, health: 'unknown' })
    expect(seen).toEqual(['ping . healthy'])
  })
})
