/** Resources and prompts as the API gives them, for the routes and the tools: a stranger's answers, checked in shape. */
import type { z } from 'zod'
import type { Consultation } from '../domain/consultation.ts'
import { AppError } from '../domain/error.ts'
import { isJsonObject } from '../domain/json.ts'
import type { Principal } from '../domain/principal.ts'
import type { Hosting } from '../hosting/hosting.ts'
import { contentsSchema, messagesSchema, promptListSchema, resourceListSchema } from './schema/offered.ts'

export type Consult = (consultation: Consultation) => Promise<unknown>

export function openConsult(
  hosting: Hosting,
  server: string,
  principal: Principal,
  signal: AbortSignal,
): Consult {
  return (consultation) => hosting.consult(server, consultation, principal, signal)
}

export const readResources = async (consult: Consult) => {
  const { resources, templates } = (await consult({ kind: 'resources' })) as Record<string, unknown[]>
  // One that is described badly does not hide the others.
  return check(resourceListSchema, {
    resources: resources?.filter((item) => isJsonObject(item) && typeof item['uri'] === 'string'),
    templates: templates?.filter((item) => isJsonObject(item) && typeof item['uriTemplate'] === 'string'),
  })
}

export const readContents = async (consult: Consult, uri: string) =>
  check(contentsSchema, await consult({ kind: 'resource', uri }))

export const readPrompts = async (consult: Consult) => {
  const { prompts } = (await consult({ kind: 'prompts' })) as Record<string, unknown[]>
  const items = prompts?.filter((item) => isJsonObject(item) && typeof item['name'] === 'string')
  return check(promptListSchema, { items })
}

export const readMessages = async (consult: Consult, name: string, given: Readonly<Record<string, string>>) =>
  check(messagesSchema, await consult({ kind: 'prompt', name, arguments: given }))

function check<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  throw new AppError('server_error', 'The server answered with something that is not of the protocol.')
}
