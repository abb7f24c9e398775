/** The figures as Markdown, so that the page on learning can hold them as they are printed. */
import type { Comparison, Interval } from './compare.ts'
import type { Group } from './run-replay.ts'

export function renderGroup(title: string, group: Group): string {
  const { figures, cpu, comparisons, leaking, bars } = group
  const leaks = new Map(leaking.map((figure) => [figure.name, figure]))
  return [
    `## ${title}: ${group.servers} servers`,
    table(
      ['memory', 'footprint', 'MiB', 'slack %', 'OOM-days %', 'episodes/100 d', 'p95 server %', 'changes/d'],
      [
        ['oracle', '1.00', '', '', '0.00', '', '', ''],
        ...figures.map((figure) => [
          figure.name,
          figure.footprint.toFixed(2),
          figure.reservedMib.toFixed(0),
          figure.slackPercent.toFixed(0),
          figure.oomDaysPercent.toFixed(2),
          figure.episodesPer100Days.toFixed(2),
          figure.p95ServerOomDaysPercent.toFixed(1),
          figure.changesPerDay.toFixed(2),
        ]),
      ],
    ),
    'At equal risk, 95 % interval over servers; a ratio of 0.00: no setting of theirs has so few OOM-days.',
    table(
      [
        'ours',
        'against all settings of',
        'footprint × at the same OOM-days',
        'OOM-days, points at the same footprint',
        '',
      ],
      comparisons.map((comparison) => [
        comparison.ours,
        comparison.against,
        show(comparison.footprintRatio),
        show(comparison.oomDifference),
        judge(comparison),
      ]),
    ),
    ...(cpu.length === 0
      ? []
      : [
          table(
            ['CPU', 'footprint', 'demand throttled %', 'days over 1 % throttled, %'],
            cpu.map((figure) => [
              figure.name,
              figure.footprint.toFixed(2),
              figure.throttledPercent.toFixed(2),
              figure.throttledDaysPercent.toFixed(1),
            ]),
          ),
        ]),
    ...(leaks.size === 0
      ? []
      : [
          'Leaking servers, not in the figures above: a limit ends them sooner or later and cures nothing.',
          table(
            ['leaking', 'MiB', 'OOM-days %'],
            ['static 512 MiB', 'KRR-style +30 %', 'VPA-style p90 +15 %', 'efficient', 'balanced', 'safe'].map(
              (name) => [
                name,
                leaks.get(name)?.reservedMib.toFixed(0) ?? '',
                leaks.get(name)?.oomDaysPercent.toFixed(2) ?? '',
              ],
            ),
          ),
        ]),
    bars.map(({ id, text, held }) => `- ${held ? 'held' : 'NOT HELD'}: ${id} ${text}`).join('\n'),
    '',
  ].join('\n\n')
}

/** A win or a loss only where the whole interval says so; dearer without being killed less is a loss too. */
function judge({ footprintRatio }: Comparison): string {
  if (footprintRatio.high < 1) return 'wins'
  if (footprintRatio.low > 1) return 'loses'
  return 'ties'
}

function show({ value, low, high }: Interval): string {
  return `${value.toFixed(2)} (${low.toFixed(2)} … ${high.toFixed(2)})`
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}
