import type { ContentsJson, ResourceListJson } from '../../api/schema/offered.ts'
import type { Command } from '../command.ts'
import { openClient, serverPath, withServer } from '../servers.ts'
import { stripControls } from '../print.ts'

export const resources: Command = {
  name: 'resources',
  group: 'use',
  summary: 'list the resources of a server, or read one',
  arguments: '<name> [uri]',
  takes: [1, 2],
  details: 'What is no text is named, and is in the document of --json as base64.',
  examples: [
    ['haivemind resources notes', 'resources and templates'],
    ['haivemind resources notes note://today', 'what one holds'],
  ],
  async run({ io, args, print }) {
    const [name = '', uri] = args.positionals
    const client = await openClient(io)
    if (uri !== undefined) {
      const path = serverPath(name, `/resources/read?uri=${encodeURIComponent(uri)}`)
      const read = await withServer(client, name, () => client.get<ContentsJson>(path))
      print.result(read, () => {
        for (const { text, mimeType } of read.contents) {
          if (typeof text === 'string') print.line(stripControls(text))
          else print.line(`[${stripControls(JSON.stringify(mimeType ?? 'binary'))} content; --json shows it]`)
        }
      })
      return 0
    }
    const listed = await withServer(client, name, () =>
      client.get<ResourceListJson>(serverPath(name, '/resources')),
    )
    const rows = [
      ...listed.resources.map((item) => [item.uri, 'resource', readName(item)]),
      ...listed.templates.map((item) => [item.uriTemplate, 'template', readName(item)]),
    ]
    print.result(listed, () => {
      if (print.quiet) for (const [uriText] of rows) print.line(uriText ?? '')
      else if (rows.length === 0) print.note(`${name} has no resources`)
      else print.table(['ADDRESS', 'KIND', 'NAME'], rows)
    })
    return 0
  },
}

function readName({ title, name }: Readonly<Record<string, unknown>>): string | null {
  if (typeof title === 'string') return title
  return typeof name === 'string' ? name : null
}
