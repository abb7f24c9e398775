import type { Judged } from './judge-traces.ts'

/** What may well be taken for growth: see the label of the verdict. */
const LIKE_GROWTH = ['cache-fill', 'slow-cache', 'ar']
const LEAKING = 'leaking'

export type LeakFigures = {
  readonly servers: number
  /** Shares of those that do not leak; verdicts without caches and AR. */
  readonly falseIncidents: number
  readonly falseVerdicts: number
  /** Of those that leak. */
  readonly warned: number
  readonly medianLeadHours: number
}

export type LeakBar = { readonly text: string; readonly held: boolean }

export function summariseLeaks(judged: readonly Judged[]): LeakFigures {
  const sound = judged.filter(({ kind }) => kind !== LEAKING)
  const plain = sound.filter(({ kind }) => !LIKE_GROWTH.includes(kind))
  const leaking = judged.filter(({ kind, exhausted }) => kind === LEAKING && exhausted !== null)
  const leads = leaking
    .flatMap(({ advisory, exhausted }) => (advisory === null ? [] : [exhausted! - advisory]))
    .toSorted((a, b) => a - b)
  return {
    servers: judged.length,
    falseIncidents: share(sound, ({ incident }) => incident !== null),
    falseVerdicts: share(plain, ({ verdict }) => verdict !== null),
    warned: leads.length / leaking.length,
    medianLeadHours: leads[Math.floor(leads.length / 2)] ?? 0,
  }
}

export function judgeBars({
  falseIncidents,
  falseVerdicts,
  warned,
  medianLeadHours,
}: LeakFigures): LeakBar[] {
  const percent = (value: number) => `${(100 * value).toFixed(1)} %`
  return [
    {
      text: `growth seen where there is none ${percent(falseVerdicts)} of servers, at most 2 %`,
      held: falseVerdicts <= 0.02,
    },
    {
      text: `incidents without a leak ${percent(falseIncidents)} of servers, at most 5 %`,
      held: falseIncidents <= 0.05,
    },
    { text: `leaks of 2 to 40 MiB/h warned of ${percent(warned)}, at least 90 %`, held: warned >= 0.9 },
    { text: `median lead ${medianLeadHours.toFixed(1)} h, at least 2 h`, held: medianLeadHours >= 2 },
  ]
}

export function countByKind(judged: readonly Judged[]): readonly (readonly [kind: string, line: string])[] {
  const kinds = [...new Set(judged.map(({ kind }) => kind))]
  return kinds.map((kind) => {
    const own = judged.filter((each) => each.kind === kind)
    const count = (fits: (each: Judged) => boolean) => own.filter(fits).length
    const advisories = count(({ advisory }) => advisory !== null)
    const incidents = count(({ incident }) => incident !== null)
    const verdicts = count(({ verdict }) => verdict !== null)
    return [
      kind,
      `${own.length} servers: ${advisories} advisories, ${incidents} incidents, ${verdicts} verdicts`,
    ]
  })
}

function share(list: readonly Judged[], fits: (each: Judged) => boolean): number {
  return list.length === 0 ? 0 : list.filter(fits).length / list.length
}
