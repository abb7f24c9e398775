import type { z } from 'zod'
import { AppError } from '../../domain/error.ts'
import { mayCall, maySee, type Principal } from '../../domain/principal.ts'
import type { ApiDeps } from '../api-deps.ts'
import { buildUnseen } from '../authorize.ts'
import { openConsult, readContents, readMessages, readPrompts, readResources } from '../consult.ts'
import {
  contentsSchema,
  messagesSchema,
  promptArgumentsSchema,
  promptListSchema,
  promptNameSchema,
  resourceListSchema,
  uriSchema,
} from '../schema/offered.ts'
import { resolveServer, serverInput } from './server-input.ts'
import { defineTool, READS, type ManagementTool } from './tool.ts'

/** What hosted servers give to read beside their tools. */
export function buildOfferedTools({ hosting }: ApiDeps): ManagementTool[] {
  /** A name that the caller may not see is one that does not exist. */
  const open = async (given: z.output<typeof serverInput>, principal: Principal, signal: AbortSignal) => {
    const server = await resolveServer(hosting, given)
    if (!maySee(principal, server)) throw buildUnseen(given.server_id ?? given.name ?? '')
    if (!mayCall(principal, server)) throw new AppError('forbidden', `The token lacks mcp:call:${server}.`)
    return openConsult(hosting, server, principal, signal)
  }
  return [
    defineTool({
      name: 'list_hosted_resources',
      title: 'The resources of a hosted server',
      description: 'Resources and templates of a running server, as it describes them.',
      needs: 'mcp:call',
      input: serverInput,
      output: resourceListSchema,
      annotations: READS,
      async run({ args, principal, signal }) {
        const data = await readResources(await open(args, principal, signal))
        const lines = [
          ...data.resources.map(({ uri }) => `- ${uri}`),
          ...data.templates.map(({ uriTemplate }) => `- ${uriTemplate}`),
        ]
        return { text: [`${lines.length} resources and templates`, ...lines].join('\n'), data }
      },
    }),
    defineTool({
      name: 'read_hosted_resource',
      title: 'Read a resource of a hosted server',
      description: 'What one resource of a running server holds: text, or base64.',
      needs: 'mcp:call',
      input: serverInput.extend({ uri: uriSchema }),
      output: contentsSchema,
      annotations: READS,
      async run({ args, principal, signal }) {
        const data = await readContents(await open(args, principal, signal), args.uri)
        const texts = data.contents.map(({ text }) => (typeof text === 'string' ? text : '(no text)'))
        return { text: texts.join('\n'), data }
      },
    }),
    defineTool({
      name: 'list_hosted_prompts',
      title: 'The prompts of a hosted server',
      description: 'Prompts of a running server with their arguments, as it describes them.',
      needs: 'mcp:call',
      input: serverInput,
      output: promptListSchema,
      annotations: READS,
      async run({ args, principal, signal }) {
        const data = await readPrompts(await open(args, principal, signal))
        const lines = data.items.map(({ name }) => `- ${name}`)
        return { text: [`${lines.length} prompts`, ...lines].join('\n'), data }
      },
    }),
    defineTool({
      name: 'get_hosted_prompt',
      title: 'Fill in a prompt of a hosted server',
      description: 'The messages that a prompt of a running server makes of its arguments.',
      needs: 'mcp:call',
      action: 'server.prompt.get',
      input: serverInput.extend({ prompt: promptNameSchema, arguments: promptArgumentsSchema }),
      output: messagesSchema,
      annotations: READS,
      async run({ args, principal, signal }) {
        const consult = await open(args, principal, signal)
        const data = await readMessages(consult, args.prompt, args.arguments)
        return { text: `${data.messages.length} messages`, data }
      },
    }),
  ]
}
