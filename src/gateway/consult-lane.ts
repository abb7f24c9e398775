/** Resources and prompts for callers inside the platform. */
import type { Consultation } from '../domain/consultation.ts'
import { AppError } from '../domain/error.ts'
import type { JsonObject } from '../domain/json.ts'
import { METHOD_NOT_FOUND } from './fault.ts'
import type { Lane } from './lane.ts'
import { ask, listItems, type Asker } from './list-tools.ts'
import { isOffered } from './offer.ts'

/** A server that never said that it has any is not asked for lists. Throws AppError. */
export async function consultLane(
  lane: Pick<Lane, 'request'>,
  initializeResult: JsonObject,
  consultation: Consultation,
  asker: Asker,
): Promise<JsonObject> {
  const list = (method: string, member: string): Promise<readonly JsonObject[]> =>
    isOffered(initializeResult, method, false)
      ? listItems(lane, method, member, asker).catch(emptyIfUnknown)
      : Promise.resolve([])
  switch (consultation.kind) {
    case 'resources': {
      const [resources, templates] = await Promise.all([
        list('resources/list', 'resources'),
        list('resources/templates/list', 'resourceTemplates'),
      ])
      return { resources, templates }
    }
    case 'resource':
      return ask(lane, 'resources/read', { uri: consultation.uri }, asker)
    case 'prompts':
      return { prompts: await list('prompts/list', 'prompts') }
    case 'prompt':
      break
  }
  const { name, arguments: given } = consultation
  return ask(lane, 'prompts/get', { name, arguments: given }, asker)
}

/** Many have resources and know no templates. */
function emptyIfUnknown(error: unknown): readonly JsonObject[] {
  if (error instanceof AppError && error.details?.['rpc_code'] === METHOD_NOT_FOUND) return []
  throw error
}
