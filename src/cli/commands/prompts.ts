import type { MessagesJson, PromptListJson } from '../../api/schema/offered.ts'
import { isJsonObject } from '../../domain/json.ts'
import type { Command } from '../command.ts'
import { usage } from '../parse-arguments.ts'
import { openClient, serverPath, withServer } from '../servers.ts'
import { stripControls } from '../print.ts'

export const prompts: Command = {
  name: 'prompts',
  group: 'use',
  summary: 'list the prompts of a server, or fill one in',
  arguments: '<name> [prompt] [json]',
  takes: [1, 3],
  details: 'The arguments are one JSON object of texts.',
  examples: [
    ['haivemind prompts notes', 'names and arguments'],
    [`haivemind prompts notes summarize '{"day":"today"}'`, 'the messages that it makes'],
  ],
  async run({ io, args, print }) {
    const [name = '', prompt, text = '{}'] = args.positionals
    const client = await openClient(io)
    if (prompt !== undefined) {
      const path = serverPath(name, `/prompts/${encodeURIComponent(prompt)}/get`)
      const body = { arguments: parseTexts(text) }
      const made = await withServer(client, name, () => client.send<MessagesJson>('POST', path, body))
      print.result(made, () => {
        for (const { role, content } of made.messages) print.line(renderMessage(role, content))
      })
      return 0
    }
    const { items } = await withServer(client, name, () =>
      client.get<PromptListJson>(serverPath(name, '/prompts')),
    )
    print.result({ prompts: items }, () => {
      if (print.quiet) for (const item of items) print.line(item.name)
      else if (items.length === 0) print.note(`${name} has no prompts`)
      else print.table(['PROMPT', 'ARGUMENTS', 'DESCRIPTION'], items.map(renderRow))
    })
    return 0
  },
}

function parseTexts(text: string): Readonly<Record<string, string>> {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw usage(prompts, `the arguments are not JSON: ${(error as Error).message}`)
  }
  if (!isJsonObject(value) || !Object.values(value).every((one) => typeof one === 'string'))
    throw usage(prompts, 'the arguments must be a JSON object of texts')
  return value as Record<string, string>
}

function renderMessage(role: unknown, content: unknown): string {
  const blocks: readonly unknown[] = Array.isArray(content) ? content : [content]
  const texts = blocks.map((block) => {
    const text = isJsonObject(block) ? block['text'] : undefined
    return typeof text === 'string' ? text : '[other content; --json shows it]'
  })
  return stripControls(`${typeof role === 'string' ? role : '?'}: ${texts.join('\n')}`)
}

type Prompt = PromptListJson['items'][number]

/** Arguments as `day, style?`: what is optional carries a question mark. */
function renderRow(prompt: Prompt): (string | null)[] {
  const listed: readonly unknown[] = Array.isArray(prompt['arguments']) ? prompt['arguments'] : []
  const shown = listed.flatMap((one) => {
    if (!isJsonObject(one) || typeof one['name'] !== 'string') return []
    return [one['required'] === true ? one['name'] : `${one['name']}?`]
  })
  const { description } = prompt
  return [
    prompt.name,
    shown.join(', '),
    typeof description === 'string' ? (description.split('\n')[0] ?? '') : null,
  ]
}
