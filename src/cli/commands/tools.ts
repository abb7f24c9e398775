import type { ToolListJson } from '../../api/schema/tool.ts'
import type { Command } from '../command.ts'
import { openClient, serverPath, withServer } from '../servers.ts'

export const tools: Command = {
  name: 'tools',
  group: 'use',
  summary: 'list the tools of a server',
  arguments: '<name>',
  takes: [1, 1],
  examples: [
    ['haivemind tools weather', 'names, arguments and descriptions'],
    ['haivemind tools weather --json', 'with their schemas'],
  ],
  async run({ io, args, print }) {
    const name = args.positionals[0] ?? ''
    const client = await openClient(io)
    const { items } = await withServer(client, name, () =>
      client.get<ToolListJson>(serverPath(name, '/tools')),
    )
    print.result({ tools: items }, () => {
      if (print.quiet) for (const tool of items) print.line(tool.name)
      else if (items.length === 0) print.note(`${name} has no tools`)
      else print.table(['TOOL', 'ARGUMENTS', 'DESCRIPTION'], items.map(renderRow))
    })
    return 0
  },
}

type Tool = ToolListJson['items'][number]

/** Arguments as `city, units?`: what is optional carries a question mark. */
function renderRow(tool: Tool): (string | null)[] {
  const schema = tool['inputSchema'] as
    | { readonly properties?: Readonly<Record<string, unknown>>; readonly required?: readonly string[] }
    | undefined
  const names = Object.keys(schema?.properties ?? {})
  const required = schema?.required ?? []
  const shown = names.map((name) => (required.includes(name) ? name : `${name}?`))
  const description =
    typeof tool['description'] === 'string' ? (tool['description'].split('\n')[0] ?? '') : null
  return [tool.name, shown.join(', '), description]
}
