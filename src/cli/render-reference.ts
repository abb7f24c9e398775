/** docs/cli.md: the reference of every command, from the data that parser and help use. */
import { ERRORS } from '../domain/error.ts'
import { loadCommands } from './command-table.ts'
import { GROUPS, renderHelp } from './render-help.ts'

/** Exit codes in words; what ends with which is in the table of errors. */
const EXITS: readonly (readonly [code: number, meaning: string])[] = [
  [0, 'done'],
  [1, 'failed'],
  [2, 'the command line is wrong'],
  [3, 'not allowed'],
  [4, 'the platform cannot be reached'],
  [5, 'not found'],
  [6, 'conflict, or a limit is reached'],
  [7, 'rejected by validation'],
  [8, 'timed out'],
  [9, 'unhealthy'],
  [10, 'the tool called answered with an error of its own'],
  [78, 'bad configuration'],
  [130, 'interrupted'],
]

export async function renderReference(): Promise<string> {
  const commands = await loadCommands()
  return [
    '# Command line',
    '',
    '`haivemind <verb> [name] [flags]`. From a clone: `npm run -s haivemind -- <verb> …`.',
    '',
    '- Data goes to stdout, talk and progress to stderr. `--quiet` silences the talk; lists print names only.',
    '- `--json` on every command: one document, or one object a line for what streams (`logs`, `events`). Lists are',
    '  never null.',
    '- No question is asked when standard input is not a terminal. `NO_COLOR` and `FORCE_COLOR` are honoured.',
    '- Control sequences in what hosted servers write are not passed on to a terminal; `--json` keeps them, escaped.',
    '- `HAIVEMIND_URL` and `HAIVEMIND_TOKEN` point the commands at a platform elsewhere. Without them they use the',
    '  platform of the configuration: it leaves its address and a token in its data directory, in files that only the',
    '  owner can read. No login.',
    '- `HAIVEMIND_CONFIG` names the configuration file, `config/config.json` by default.',
    '- Errors say what is wrong and what to do: `error: …`, `hint: …`; with `--json` one line on stderr,',
    '  `{"error":{"code","message","hint","request_id"}}`.',
    '',
    '## Exit codes',
    '',
    '| code | meaning | errors |',
    '| --- | --- | --- |',
    ...EXITS.map(([code, meaning]) => `| ${code} | ${meaning} | ${listErrors(code)} |`),
    ...GROUPS.flatMap(([group, title]) => [
      '',
      `## ${title}`,
      ...commands
        .filter((command) => command.group === group)
        .flatMap((command) => ['', `### ${command.name}`, '', '```text', renderHelp(command), '```']),
    ]),
    '',
  ].join('\n')
}

function listErrors(exit: number): string {
  const codes = Object.entries(ERRORS)
    .filter(([, entry]) => entry.exit === exit)
    .map(([code]) => `\`${code}\``)
  return codes.length === 0 ? '-' : codes.join(', ')
}
