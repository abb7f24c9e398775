import type { IncidentJson, IncidentListJson } from '../../api/schema/incident.ts'
import type { Command } from '../command.ts'
import { usage } from '../parse-arguments.ts'
import { stripControls, type Printer } from '../print.ts'
import { openClient, withServer } from '../servers.ts'

export const incidents: Command = {
  name: 'incidents',
  group: 'operate',
  summary: 'show trouble of servers: one incident each, with its timeline',
  arguments: '[id]',
  takes: [0, 1],
  options: {
    server: { type: 'string', value: 'NAME', help: 'of this server alone' },
    open: { type: 'boolean', help: 'only what is not over' },
    explain: { type: 'boolean', help: 'with an id: ask the configured model too' },
    limit: { type: 'string', short: 'n', value: 'N', help: 'at most so many (50)' },
  },
  examples: [
    ['haivemind incidents --open', 'what is wrong now'],
    ['haivemind incidents inc_01KEXAMPLE', 'one incident: what happened, since when, what helps'],
    ['haivemind incidents --server weather --json', 'for scripts'],
  ],
  async run({ io, args, print }) {
    const id = args.positionals[0]
    const server = args.text('server')
    const limit = args.text('limit') ?? '50'
    if (!/^[1-9]\d{0,2}$/.test(limit)) throw usage(incidents, '--limit takes a number')
    const client = await openClient(io)
    if (id !== undefined) {
      const found = await client.get<IncidentJson>(
        `/incidents/${encodeURIComponent(id)}`,
        args.flag('explain') ? { explain: 'true' } : {},
      )
      print.result(found, () => printIncident(found, print))
      return 0
    }
    const state = args.flag('open') ? 'open' : undefined
    const list = await withServer(client, server ?? '', () =>
      client.get<IncidentListJson>('/incidents', { server, state, limit }),
    )
    print.result(list, () => {
      if (list.items.length === 0) return print.note('no incidents')
      print.table(
        ['ID', 'STATE', 'SEVERITY', 'TIMES', 'LAST', 'WHAT'],
        list.items.map(({ id: own, state: now, severity, occurrences, last_at, title }) => [
          own,
          now,
          severity,
          String(occurrences),
          last_at,
          stripControls(title),
        ]),
      )
    })
    return 0
  },
}

function printIncident(
  { timeline, omitted, tail, explanation, remedies }: IncidentJson,
  print: Printer,
): void {
  const { text, hypotheses, next_checks: checks, model, problem } = explanation
  print.line(stripControls(text))
  for (const { cause, because } of hypotheses)
    print.line(`  - ${stripControls(cause)} (${because.join(', ')})`)
  for (const check of checks) print.line(`  ? ${stripControls(check)}`)
  for (const { text: what, incidents: where } of remedies) {
    const last = where[0] === undefined ? '' : `; last in ${where[0].id} (${where[0].server})`
    print.line(`  helped before: ${stripControls(what)}${last}`)
  }
  if (model !== null) print.note(`explained by ${stripControls(model.name)} on top of the rules`)
  if (problem !== null) print.note(`no model spoke: ${stripControls(problem)}`)
  print.line('')
  for (const [index, { time, text: what }] of timeline.entries()) {
    if (omitted > 0 && index === 20) print.line(`  … ${omitted} more`)
    print.line(`  ${time}  ${stripControls(what)}`)
  }
  if (tail.trim() === '') return
  print.line('')
  print.line('last words:')
  for (const line of tail.trimEnd().split('\n').slice(-20)) print.line(`  ${stripControls(line)}`)
}
