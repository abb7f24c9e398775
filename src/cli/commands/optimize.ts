import type { OptimizationJson, RecommendationJson } from '../../api/schema/recommendation.ts'
import { TIERS } from '../../domain/recommendation.ts'
import type { Command } from '../command.ts'
import { usage } from '../parse-arguments.ts'
import { stripControls, type Printer } from '../print.ts'
import { openClient, withServer } from '../servers.ts'

export const optimize: Command = {
  name: 'optimize',
  group: 'operate',
  summary: 'say which settings should change and why; with --apply, change those that are sure',
  arguments: '[name]',
  takes: [0, 1],
  options: {
    apply: { type: 'boolean', help: 'set what is sure enough, and watch it' },
    explain: { type: 'boolean', help: 'ask the configured model for words on top' },
    tier: { type: 'string', value: 'TIER', help: `how much safety a memory limit buys: ${TIERS.join(', ')}` },
  },
  details:
    'Each recommendation rests on what was measured of this server, says how sure it is, and what the past would have\n' +
    'been. What is applied is watched for a day and taken back by itself when the server runs out of memory, is throttled,\n' +
    'or becomes slower. A memory limit goes down by at most 30 % a day.',
  examples: [
    ['haivemind optimize', 'all servers'],
    ['haivemind optimize weather --apply', 'change what is sure'],
    ['haivemind optimize weather --explain', 'with the words of a model, where one is configured'],
    ['haivemind optimize --tier safe --json', 'for scripts'],
  ],
  async run({ io, args, print }) {
    const name = args.positionals[0]
    const tier = args.text('tier')
    if (tier !== undefined && !(TIERS as readonly string[]).includes(tier)) {
      throw usage(optimize, `--tier takes ${TIERS.join(', ')}`)
    }
    const client = await openClient(io)
    const body = {
      apply: args.flag('apply'),
      explain: args.flag('explain'),
      ...(name === undefined ? {} : { server: name }),
      ...(tier === undefined ? {} : { tier }),
    }
    const ask = () => client.send<OptimizationJson>('POST', '/optimize', body)
    const found = await (name === undefined ? ask() : withServer(client, name, ask))
    print.result(found, () => show(found, print))
    return 0
  },
}

function show(
  { analyzed, recommendations, skipped, insights, growth }: OptimizationJson,
  print: Printer,
): void {
  for (const item of recommendations) {
    print.line(renderHead(item))
    for (const { text } of item.because) print.line(`  ${stripControls(text)}`)
    print.line(`  ${stripControls(item.formula)}`)
    const { backtest, risk } = item
    if (backtest !== null) {
      const unused =
        backtest.unused_before === null || backtest.unused_after === null
          ? ''
          : `; unused ${percent(backtest.unused_before)} → ${percent(backtest.unused_after)}`
      print.line(
        `  in the last ${backtest.days} days it would have been met on ${backtest.exceeded}${unused}`,
      )
    }
    if (risk !== null) {
      print.line(
        `  expected: an end for lack of memory on ${risk.expected_oom_days_per_100} of 100 days (${risk.source})`,
      )
    }
    print.line(`  ${renderState(item)}`)
    printWords(item, print)
  }
  for (const { server, resource, why } of skipped) {
    print.note(`${server} ${resource}: nothing proposed, ${why}`)
  }
  for (const { server, text, restart_at: at } of growth) {
    print.line(`${server}: ${stripControls(text)}; a restart disturbs least at ${at}`)
  }
  for (const { text } of insights) print.line(`all servers: ${stripControls(text)}`)
  const count = recommendations.length
  print.note(`${analyzed} analyzed, ${count} recommendation${count === 1 ? '' : 's'}`)
}

/** What a model said on top of the rules, or why it did not. */
function printWords({ explanation }: RecommendationJson, print: Printer): void {
  const { text, model, hypotheses, next_checks: checks, problem } = explanation
  if (model !== null) {
    print.line(`  ${stripControls(text)} (explained by ${stripControls(model.name)} on top of the rules)`)
    for (const { cause, because } of hypotheses) {
      print.line(`  - ${stripControls(cause)} (${because.join(', ')})`)
    }
    for (const check of checks) print.line(`  ? ${stripControls(check)}`)
  }
  if (problem !== null) print.note(`no model spoke: ${stripControls(problem)}`)
}

function renderHead({ id, server, resource, current, proposed, confidence }: RecommendationJson): string {
  const sure = `confidence ${confidence.value}`
  return `${server} ${resource} ${current} → ${proposed} (${sure}, ${id})`
}

function renderState({ application, not_applied, may_apply, revert }: RecommendationJson): string {
  if (application !== null) {
    const when = application.in_place ? 'in force' : 'from the next start on'
    return `set to ${application.after}, ${when}; watched until ${application.watched_until}${revert === null ? '' : `, taken back by ${revert}`}`
  }
  if (not_applied !== null) return `not applied: ${stripControls(not_applied)}`
  return may_apply ? 'apply it with --apply' : 'not sure enough for --apply'
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`
}
