/**
 * What has to be known of tools before they are called: which arguments are mirrored in headers (R27), and which tools
 * may be called twice. Built before the first call, again after list_changed.
 */
import { isJsonObject, type JsonObject } from '../domain/json.ts'
import type { Logger } from '../system/log.ts'
import type { Lane } from './lane.ts'
import { listTools } from './list-tools.ts'
import { scanParamHeaders, type ParamHeader } from '../domain/param-headers.ts'

export interface ToolIndex {
  /** Declarations of one tool; undefined while the index must be loaded first. */
  find(tool: string): readonly ParamHeader[] | undefined
  /** Reads the index if need be. What it then says holds for this one call, even if the list changes meanwhile. */
  load(tool: string): Promise<readonly ParamHeader[]>
  /** Says of itself that calling it again does no harm; false while the index is not loaded. */
  isRepeatable(tool: string): boolean
}

type Index = {
  readonly headers: ReadonlyMap<string, readonly ParamHeader[]>
  readonly repeatable: ReadonlySet<string>
}
const NONE: readonly ParamHeader[] = []

export function createToolIndex(lane: Lane, logger: Logger): ToolIndex {
  let index: Index | null = null
  let loading: Promise<Index> | null = null

  const forget = () => {
    index = null
    loading = null
  }
  lane.onConnected(forget)
  lane.onNotification((method) => {
    if (method === 'notifications/tools/list_changed') forget()
  })

  const read = async () => {
    const headers = new Map<string, readonly ParamHeader[]>()
    const repeatable = new Set<string>()
    const capabilities = (await lane.ready()).initializeResult['capabilities']
    const hasTools = typeof capabilities === 'object' && capabilities !== null && 'tools' in capabilities
    const asker = { principalId: 'platform', protocolVersion: 'internal', unrecorded: true } as const
    for (const tool of hasTools ? await listTools(lane, asker) : []) {
      const { name, inputSchema, annotations } = tool
      if (typeof name === 'string' && isHarmlessTwice(annotations)) repeatable.add(name)
      const scan = scanParamHeaders(inputSchema)
      if (scan.kind === 'invalid') {
        logger.warn('a tool declares x-mcp-header wrongly; clients of 2026-07-28 drop it', {
          server_id: lane.serverId,
          tool: name,
          reason: scan.reason,
        })
      } else if (typeof name === 'string' && scan.declarations.length > 0) {
        headers.set(name, scan.declarations)
      }
    }
    return { headers, repeatable }
  }

  return {
    find: (tool) => (index === null ? undefined : (index.headers.get(tool) ?? NONE)),
    async load(tool) {
      const mine = (loading ??= read())
      try {
        const built = await mine
        if (loading === mine) index = built
        return built.headers.get(tool) ?? NONE
      } catch (error) {
        if (loading === mine) loading = null
        throw error
      }
    },
    isRepeatable: (tool) => index?.repeatable.has(tool) === true,
  }
}

function isHarmlessTwice(annotations: JsonObject[string] | undefined): boolean {
  if (!isJsonObject(annotations)) return false
  return annotations['readOnlyHint'] === true || annotations['idempotentHint'] === true
}
