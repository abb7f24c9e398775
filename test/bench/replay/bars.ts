/** The bars the recommender is held to. A bar on recordings is judged only when there are some. */
import type { Comparison, Figures } from './compare.ts'
import type { CpuFigures } from './simulate-cpu.ts'

export type Bar = { readonly id: string; readonly text: string; readonly held: boolean }

export type GroupResult = {
  readonly figures: readonly Figures[]
  /** Ours against single policies. */
  readonly pairs: readonly Comparison[]
  readonly cpu: readonly CpuFigures[]
}

function find<T extends { readonly name: string }>(list: readonly T[], name: string): T {
  const found = list.find((entry) => entry.name === name)
  if (found === undefined) throw new Error(`no figures of ${name}`)
  return found
}

export function judgeGenerated({ figures, cpu }: GroupResult): Bar[] {
  const balanced = find(figures, 'balanced')
  const vpa = find(figures, 'VPA-style p90 +15 %')
  const fixed = find(figures, 'static 512 MiB')
  return [
    bar('L-5', 'footprint', balanced.footprint, 1.95),
    bar('L-5', 'OOM-days %', balanced.oomDaysPercent, 0.7),
    bar('L-5', "of VPA-style's OOM-days", balanced.oomDaysPercent / vpa.oomDaysPercent, 0.15),
    bar('L-5', "of static 512's footprint", balanced.footprint / fixed.footprint, 0.6),
    // The bar on the CPU footprint is for recordings: a made-up load decides what a peak is.
    judgeThrottled(cpu),
  ]
}

export function judgeRecorded({ figures, pairs, cpu }: GroupResult): Bar[] {
  const balanced = find(figures, 'balanced')
  const krr30 = find(figures, 'KRR-style +30 %')
  const efficient = find(figures, 'efficient')
  const krr15 = find(figures, 'KRR-style +15 %')
  const against = (name: string) => pairs.find((pair) => pair.ours === 'balanced' && pair.against === name)!
  return [
    bar('L-1', 'footprint', balanced.footprint, 2.2),
    bar('L-1', 'OOM-days %', balanced.oomDaysPercent, 1.35),
    bar('L-1', 'changes a day', balanced.changesPerDay, 0.15),
    bar('L-2', "of KRR-style +30 %'s OOM-days", balanced.oomDaysPercent / krr30.oomDaysPercent, 0.75),
    bar('L-2', 'of its footprint', balanced.footprint / krr30.footprint, 1.03),
    ...['KRR-style +50 %', 'VPA-style p95 +100 %'].flatMap((name) => [
      bar('L-3', `of ${name}'s footprint`, against(name).footprintRatio.value, 0.95),
      bar('L-3', `OOM-days above ${name}'s, lower end of the interval`, against(name).oomDifference.low, 0),
    ]),
    bar('L-4', "efficient, of KRR-style +15 %'s footprint", efficient.footprint / krr15.footprint, 0.92),
    bar(
      'L-4',
      'points between their OOM-days',
      Math.abs(efficient.oomDaysPercent - krr15.oomDaysPercent),
      0.7,
    ),
    ...(cpu.length > 0
      ? [judgeThrottled(cpu), bar('L-6', 'CPU footprint', find(cpu, 'ours').footprint, 1.45)]
      : []),
  ]
}

function judgeThrottled(cpu: readonly CpuFigures[]): Bar {
  return bar('L-6', 'CPU demand throttled %', find(cpu, 'ours').throttledPercent, 1)
}

function bar(id: string, what: string, value: number, most: number): Bar {
  return { id, text: `${what} ${value.toFixed(2)}, at most ${most}`, held: value <= most }
}
