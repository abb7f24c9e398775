/** Which tools of a hAIveMind a memory becomes, and what of a call a tool of it knows. */
import type { JsonObject } from '../domain/json.ts'
import type { Memory } from '../domain/memory.ts'
import { buildEnvelope, cutSentence, renderEnvelope } from './envelope.ts'
import type { ToolShape } from './session.ts'

export type HiveCall = { readonly tool: string; readonly args: JsonObject }

/** What a hAIveMind takes for a category; the rest it would silently call global. */
const CATEGORIES: Readonly<Record<string, string>> = {
  optimization: 'monitoring',
}
const STATES: readonly (readonly [prefix: string, type: string])[] = [
  ['profile.', 'resource_usage'],
  ['server.health', 'health_check'],
]

/** In this order; the last one is what a search finds. @param mayBroadcast so many an hour are enough */
export function buildCalls(memory: Memory, mayBroadcast: boolean): readonly HiveCall[] {
  const { content, category, kind, server, node, severity, data, tags } = memory
  const envelope = buildEnvelope(memory)
  const text = renderEnvelope(content, envelope)
  const [title = ''] = cutSentence(content).split('\n')
  if (category === 'incidents') {
    const { resolution, lessons_learned } = data
    return [
      {
        tool: 'record_incident',
        args: {
          title: title.slice(0, 200),
          description: text,
          severity: severity === null ? 'medium' : severity === 'info' ? 'low' : severity,
          affected_systems: server === null ? [] : [server],
          ...(typeof resolution === 'string' ? { resolution: cutSentence(resolution) } : {}),
          ...(typeof lessons_learned === 'string' ? { lessons_learned: cutSentence(lessons_learned) } : {}),
        },
      },
    ]
  }
  if (category === 'runbooks') {
    const args = { title: title.slice(0, 200), procedure: text, system: server ?? node }
    return [{ tool: 'generate_runbook', args }]
  }
  if (kind.startsWith('insight.') && mayBroadcast) {
    const isGrave = severity === 'high' || severity === 'critical'
    return [
      {
        tool: 'broadcast_discovery',
        args: { message: text, category: 'optimization', severity: isGrave ? 'warning' : 'info' },
      },
    ]
  }
  const sentence = {
    tool: 'store_memory',
    args: {
      content: text,
      category: CATEGORIES[category] ?? category,
      confidentiality_level: 'normal',
      tags: ['mcp-hosting', ...tags],
    },
  }
  const state = STATES.find(([prefix]) => kind.startsWith(prefix))
  if (state === undefined) return [sentence]
  // Its own sentence would be one poor line, and it keeps all the numbers (B9).
  const { runtime, deps } = data
  const about = [
    ...(server === null ? [] : [server]),
    ...(typeof runtime === 'string' ? [runtime] : []),
    ...(Array.isArray(deps) ? deps.map((dep) => `dep:${String(dep)}`) : []),
  ]
  return [
    {
      tool: 'track_infrastructure_state',
      args: {
        machine_id: node,
        state_data: { ...envelope, ...data, event_id: memory.id },
        state_type: state[1],
        tags: ['mcp-hosting', ...about],
      },
    },
    sentence,
  ]
}

/** Only what the tool knows, by name and by value (B2). Null: there is no such tool. */
export function fitCall({ tool, args }: HiveCall, tools: ReadonlyMap<string, ToolShape>): JsonObject | null {
  const shape = tools.get(tool)
  if (shape === undefined) return null
  const known = Object.entries(args).flatMap(([name, value]) => {
    const property = shape.properties[name]
    if (property === undefined) return []
    const { values } = property
    if (values === null || typeof value !== 'string' || values.includes(value))
      return [[name, value] as const]
    const fallback = FALLBACKS.find((word) => values.includes(word))
    return fallback === undefined ? [] : [[name, fallback] as const]
  })
  return Object.fromEntries(known)
}

/** For a category that the stdio door does not list. */
const FALLBACKS = ['infrastructure', 'medium', 'info'] as const
