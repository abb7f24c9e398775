import type { CallResultJson } from '../../api/schema/tool.ts'
import { collectBytes } from '../../domain/collect-bytes.ts'
import { AppError } from '../../domain/error.ts'
import { isJsonObject, type JsonObject } from '../../domain/json.ts'
import type { Command, CommandContext } from '../command.ts'
import type { InputStream } from '../io.ts'
import { usage } from '../parse-arguments.ts'
import { stripControls, type Printer } from '../print.ts'
import { openClient, serverPath, withServer } from '../servers.ts'

const TOOL_ERROR = 10
const MAX_INPUT_BYTES = 4 * 1024 * 1024

export const call: Command = {
  name: 'call',
  group: 'use',
  summary: 'call a tool of a server',
  arguments: '<name> <tool> [json]',
  takes: [2, 3],
  details:
    'The arguments are one JSON object; - reads it from standard input. Exit code 10 means that the tool answered\n' +
    'with an error of its own.',
  examples: [
    [`haivemind call bash-toolbox factorize '{"number":360}'`, 'with arguments'],
    [`echo '{"text":"a b"}' | haivemind call bash-toolbox text_stats -`, 'arguments from standard input'],
    ['haivemind call bash-toolbox roll_dice --json', 'the whole result'],
  ],
  run,
}

async function run({ io, args, print }: CommandContext): Promise<number> {
  const [name = '', tool = '', text = '{}'] = args.positionals
  const input = parseInput(text === '-' ? await readInput(io.stdin) : text)
  const client = await openClient(io)
  const body = { tool, arguments: input }
  const result = await withServer(client, name, () =>
    client.send<CallResultJson>('POST', serverPath(name, '/call'), body),
  )
  print.result(result, () => renderResult(result, print))
  return result['isError'] === true ? TOOL_ERROR : 0
}

function parseInput(text: string): JsonObject {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw usage(call, `the arguments are not JSON: ${(error as Error).message}`)
  }
  if (!isJsonObject(value)) throw usage(call, 'the arguments must be a JSON object')
  return value
}

async function readInput(stdin: InputStream): Promise<string> {
  const tooLarge = () => new AppError('body_too_large', 'the arguments are over 4 MiB')
  return (await collectBytes(stdin, MAX_INPUT_BYTES, tooLarge)).toString('utf8')
}

/** Text as it is; other content as one line that says what it is; data where there is no content. */
function renderResult(result: CallResultJson, print: Printer): void {
  const content = Array.isArray(result['content']) ? (result['content'] as unknown[]) : []
  for (const item of content) {
    if (!isJsonObject(item)) continue
    if (item['type'] === 'text' && typeof item['text'] === 'string') print.line(stripControls(item['text']))
    else print.line(`[${stripControls(JSON.stringify(item['type']))} content; --json shows it]`)
  }
  if (content.length === 0) print.line(JSON.stringify(result['structuredContent'] ?? result, null, 2))
}
