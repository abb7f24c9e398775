/** Help texts, from the same data that the parser uses. */
import type { Command, OptionSpec } from './command.ts'
import { optionsOf } from './parse-arguments.ts'

export const GROUPS: readonly (readonly [Command['group'], string])[] = [
  ['platform', 'Run the platform'],
  ['deploy', 'Deploy'],
  ['operate', 'Operate'],
  ['use', 'Use'],
  ['access', 'Access'],
]

function pad(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length))
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`.trimEnd())
}

function renderOption([name, spec]: readonly [string, OptionSpec]): readonly [string, string] {
  const short = spec.short === undefined ? '    ' : `-${spec.short}, `
  const value = spec.type === 'string' ? ` ${spec.value ?? 'VALUE'}` : ''
  return [`${short}--${name}${value}`, spec.multiple === true ? `${spec.help} (repeatable)` : spec.help]
}

export function renderOverview(commands: readonly Command[], version: string): string {
  const groups = GROUPS.flatMap(([group, title]) => [
    `${title}:`,
    ...pad(
      commands
        .filter((command) => command.group === group)
        .map((command) => [`${command.name} ${command.arguments ?? ''}`.trim(), command.summary]),
    ),
    '',
  ])
  return [
    `haivemind ${version}: hosts MCP servers`,
    '',
    'Usage: haivemind <command> [name] [options]',
    '',
    ...groups,
    'Every command takes --json, --quiet and --help. HAIVEMIND_URL and HAIVEMIND_TOKEN point the commands at a',
    'platform elsewhere; without them they use the one on this machine.',
    '',
    'Examples:',
    ...pad([
      ['haivemind serve', 'start the platform'],
      ['haivemind deploy ./weather --wait', 'deploy a directory and wait until it answers'],
      ['haivemind help deploy', 'show the help of one command'],
    ]),
  ].join('\n')
}

export function renderHelp(command: Command): string {
  const usage = `Usage: haivemind ${command.name} ${command.arguments ?? ''}`.trimEnd()
  const names = command.aliases ?? []
  return [
    command.summary,
    '',
    `${usage} [options]`,
    ...(names.length === 0 ? [] : [`Also: ${names.join(', ')}`]),
    ...(command.details === undefined ? [] : ['', command.details]),
    '',
    'Options:',
    ...pad(Object.entries(optionsOf(command)).map(renderOption)),
    '',
    'Examples:',
    ...pad(command.examples),
  ].join('\n')
}
