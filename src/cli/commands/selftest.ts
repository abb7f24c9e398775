import { loadConfig } from '../../config/load.ts'
import { ISOLATION_TIERS, type IsolationTier } from '../../domain/enforcement.ts'
import { ERRORS } from '../../domain/error.ts'
import type { ProbeResult, SelftestReport } from '../../domain/selftest.ts'
import type { Command, CommandContext } from '../command.ts'
import { usage } from '../parse-arguments.ts'
import { stripControls, type Printer } from '../print.ts'

export const selftest: Command = {
  name: 'selftest',
  group: 'platform',
  summary: 'attack a sandbox of this host, and say what got through',
  arguments: 'sandbox',
  takes: [1, 1],
  options: {
    config: { type: 'string', value: 'FILE', help: 'configuration file (default config/config.json)' },
    tier: {
      type: 'string',
      value: 'TIER',
      help: 'as if the host had only this: namespaces, user (as root), none (as a plain user)',
    },
  },
  details:
    'Tries attacks in throw-away sandboxes that are made as those of servers are, beside a neighbour that must come to no\n' +
    'harm. It needs no running platform, disturbs none, and takes half a minute. Every attack is blocked or not_blocked,\n' +
    'with the evidence. Below tier strong it lists what the tier does not stop. Exit code 9 when something got through\n' +
    'that is promised to be stopped, or the tier is below security.min_isolation_tier.',
  examples: [
    ['haivemind selftest sandbox', 'is hosted code contained here?'],
    ['haivemind selftest sandbox --tier user', 'what would get through with less'],
    ['haivemind selftest sandbox --json', 'for scripts'],
  ],
  run,
}

async function run({ io, args, print }: CommandContext): Promise<number> {
  if (args.positionals[0] !== 'sandbox') throw usage(selftest, 'the only self-test is: selftest sandbox')
  const wanted = args.text('tier')
  const tier = parseTier(wanted)
  const report = await io.runSelftest(await loadConfig(args.text('config'), io.env, io.cwd), tier)
  print.result(report, () => renderReport(report, print))
  return report.summary.broken.length > 0 || report.summary.too_weak ? ERRORS.sandbox_failed.exit : 0
}

function parseTier(text: string | undefined): IsolationTier | null {
  if (text === undefined) return null
  const tier = ISOLATION_TIERS.find((name) => name === text)
  if (tier === undefined) throw usage(selftest, `--tier takes one of ${ISOLATION_TIERS.join(', ')}`)
  return tier
}

function renderReport({ tier, way, probes, summary }: SelftestReport, print: Printer): void {
  for (const probe of probes) renderProbe(probe, print)
  print.line('')
  const tried = summary.blocked + summary.not_blocked
  print.line(`tier ${tier} (way ${way}): ${summary.blocked} of ${tried} attacks blocked`)
  const through = probes.filter(({ outcome, promised }) => outcome === 'not_blocked' && !promised)
  if (tier !== 'strong' || through.length > 0) renderTable(`What is not stopped here:`, through, print)
  const lucky = probes.filter(({ outcome, promised }) => outcome === 'blocked' && !promised)
  if (lucky.length > 0) renderTable('Stopped this time, without a promise:', lucky, print)
  if (summary.broken.length > 0)
    print.line(`Got through although it is promised to be stopped: ${summary.broken.join(', ')}`)
  if (summary.too_weak) print.line(`Tier ${tier} is below security.min_isolation_tier.`)
}

function renderTable(title: string, probes: readonly ProbeResult[], print: Printer): void {
  print.line(title)
  for (const { id, title: what } of probes) print.line(`  ${id.padEnd(9)}  ${what}`)
}

function renderProbe({ id, title, outcome, evidence, promised }: ProbeResult, print: Printer): void {
  const color = outcome === 'blocked' ? 'green' : outcome === 'not_blocked' && promised ? 'red' : 'yellow'
  print.line(`${id.padEnd(9)}  ${print.style(color, outcome.padEnd(14))}  ${title}`)
  print.line(`${' '.repeat(27)}${stripControls(evidence)}`)
}
