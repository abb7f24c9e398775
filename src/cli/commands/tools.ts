import type { ToolListJson, ToolStateJson, ToolStateListJson } from '../../api/schema/tool.ts'
import type { Client } from '../client.ts'
import type { Command } from '../command.ts'
import { usage } from '../parse-arguments.ts'
import type { Printer } from '../print.ts'
import { openClient, serverPath, withServer } from '../servers.ts'

export const tools: Command = {
  name: 'tools',
  group: 'use',
  summary: 'list the tools of a server',
  arguments: '<name>',
  takes: [1, 1],
  options: {
    all: {
      type: 'boolean',
      help: 'as they were seen last, with what became of each; the server need not run',
    },
    disable: { type: 'string', value: 'TOOL', help: 'no client sees or calls it, at once' },
    enable: { type: 'string', value: 'TOOL', help: 'clients see and call it again' },
  },
  examples: [
    ['haivemind tools weather', 'names, arguments and descriptions'],
    ['haivemind tools weather --json', 'with their schemas'],
    ['haivemind tools weather --disable delete_all', 'keep a tool from clients'],
  ],
  async run({ io, args, print }) {
    const name = args.positionals[0] ?? ''
    const client = await openClient(io)
    const [off, on] = [args.text('disable'), args.text('enable')]
    if (off !== undefined && on !== undefined) throw usage(tools, 'switch one tool at a time')
    const tool = off ?? on
    if (tool !== undefined) return await switchTool(client, name, tool, off === undefined, print)
    if (args.flag('all')) return await showStates(client, name, print)
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

async function switchTool(client: Client, name: string, tool: string, enabled: boolean, print: Printer) {
  const path = serverPath(name, `/tools/${encodeURIComponent(tool)}`)
  const state = await withServer(client, name, () => client.send<ToolStateJson>('PATCH', path, { enabled }))
  print.result(state, () => print.note(`${name}: ${tool} is ${state.enabled ? 'on' : 'off'}`))
  return 0
}

async function showStates(client: Client, name: string, print: Printer): Promise<number> {
  const { items } = await withServer(client, name, () =>
    client.get<ToolStateListJson>(serverPath(name, '/tool-states')),
  )
  print.result({ tools: items }, () => {
    if (print.quiet) for (const tool of items) print.line(tool.name)
    else
      print.table(
        ['TOOL', 'CLIENTS', 'CHANGED'],
        items.map((tool) => [
          tool.name,
          tool.enabled ? (tool.hidden ? 'do not get it' : 'get it') : 'off',
          tool.change,
        ]),
      )
  })
  return 0
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
