import { z } from 'zod'
import type { ApiDeps } from '../api-deps.ts'
import { openConsult, readContents, readMessages, readPrompts, readResources } from '../consult.ts'
import { defineRoute, type Route } from '../route.ts'
import {
  contentsSchema,
  messagesSchema,
  promptArgumentsSchema,
  promptListSchema,
  resourceListSchema,
  uriSchema,
} from '../schema/offered.ts'
import { runForCaller } from '../watch-caller.ts'

/** What a server gives to read beside its tools. */
export function buildOfferedRoutes({ hosting, access }: ApiDeps): Route[] {
  const path = '/api/v1/servers/:name'
  return [
    defineRoute({
      method: 'GET',
      path: `${path}/resources`,
      needs: 'mcp:call',
      summary: 'The resources of a running server and its templates, as it describes them',
      response: resourceListSchema,
      handle: async (call) =>
        call.reply(
          await runForCaller(access, call, (signal) =>
            readResources(openConsult(hosting, call.params['name']!, call.principal, signal)),
          ),
        ),
    }),
    defineRoute({
      method: 'GET',
      path: `${path}/resources/read`,
      needs: 'mcp:call',
      summary: 'What one resource holds',
      query: z.strictObject({ uri: uriSchema }),
      response: contentsSchema,
      handle: async (call) =>
        call.reply(
          await runForCaller(access, call, (signal) =>
            readContents(openConsult(hosting, call.params['name']!, call.principal, signal), call.query.uri),
          ),
        ),
    }),
    defineRoute({
      method: 'GET',
      path: `${path}/prompts`,
      needs: 'mcp:call',
      summary: 'The prompts of a running server, as it describes them',
      response: promptListSchema,
      handle: async (call) =>
        call.reply(
          await runForCaller(access, call, (signal) =>
            readPrompts(openConsult(hosting, call.params['name']!, call.principal, signal)),
          ),
        ),
    }),
    defineRoute({
      method: 'POST',
      path: `${path}/prompts/:prompt/get`,
      needs: 'mcp:call',
      auditDetails: ({ params }) => ({ prompt: params['prompt'] ?? '' }),
      summary: 'The messages that a prompt makes of its arguments',
      body: z.strictObject({ arguments: promptArgumentsSchema }),
      response: messagesSchema,
      handle: async (call) =>
        call.reply(
          await runForCaller(access, call, (signal) =>
            readMessages(
              openConsult(hosting, call.params['name']!, call.principal, signal),
              call.params['prompt']!,
              call.body.arguments,
            ),
          ),
        ),
    }),
  ]
}
