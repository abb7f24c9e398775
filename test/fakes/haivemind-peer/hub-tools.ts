/** What the hub's tools do and say: always a text, whether it went well or not. */
import { scoreOf, type HubMemory, type HubStore } from './hub-store.ts'
import { CATEGORIES, propertiesOf, requiredOf } from './tool-list.ts'

/** B5: beyond it prose stands instead of the rest. */
const MAX_ANSWER = 80_000
const LEVELS = ['normal', 'internal', 'confidential', 'pii']

type Args = Readonly<Record<string, unknown>>

export function createHubTools(store: HubStore, remote: boolean) {
  const textOf = (args: Args, name: string, fallback = '') => {
    const value = args[name]
    return typeof value === 'string' ? value : fallback
  }
  const numberOf = (args: Args, name: string, fallback: number) => {
    const value = args[name]
    return typeof value === 'number' ? value : fallback
  }
  const ceilingOf = (args: Args) =>
    remote ? LEVELS.indexOf(textOf(args, 'max_confidentiality_level', 'internal')) : LEVELS.length
  const render = ({ id, content, category, context, metadata, created_at }: HubMemory) => ({
    id,
    content,
    category,
    context,
    metadata,
    created_at,
  })
  const answer = (found: readonly object[], { limit, offset }: { limit: number; offset: number }) => {
    const items = found.slice(offset, offset + limit)
    const data = remote
      ? {
          memories: items,
          pagination: { total: found.length, limit, offset, has_more: offset + limit < found.length },
        }
      : { _haivemind_meta: { tool: 'memory', count: items.length }, data: items }
    const text = JSON.stringify(data)
    return text.length <= MAX_ANSWER
      ? text
      : `${text.slice(0, MAX_ANSWER)}\n\n... [Response truncated: the result is too large. Use pagination.]`
  }
  const page = (args: Args, limit: number) => ({
    limit: numberOf(args, 'limit', limit),
    offset: remote ? numberOf(args, 'offset', 0) : 0,
  })
  const add = (category: string, content: string, more: Partial<HubMemory> = {}) =>
    store.add({
      content,
      // Unknown ones silently become this.
      category: CATEGORIES.includes(category) ? category : 'global',
      context: '',
      metadata: {},
      confidentiality_level: 'normal',
      ...more,
    })
  const listOf = (args: Args, name: string) => {
    const value = args[name]
    return Array.isArray(value) ? value.map(String) : []
  }

  const tools: Readonly<Record<string, (args: Args) => string>> = {
    store_memory(args) {
      const metadata = (args['metadata'] ?? {}) as HubMemory['metadata']
      const { id } = add(textOf(args, 'category', 'global'), textOf(args, 'content'), {
        metadata: { ...metadata, agent_id: store.agent, tags: listOf(args, 'tags').join(',') },
        context: textOf(args, 'context'),
        confidentiality_level: textOf(args, 'confidentiality_level', 'normal'),
      })
      return `Memory stored with ID: ${id}`
    },
    retrieve_memory(args) {
      // B6: whatever its level.
      const found = store.list().find(({ id }) => id === args['memory_id'])
      return found === undefined ? 'Memory not found' : JSON.stringify(render(found))
    },
    search_memories(args) {
      const category = textOf(args, 'category')
      // B10: all of a category by distance; `semantic` and everything else is taken and not looked at.
      const found = store
        .list()
        .filter((memory) => category === '' || memory.category === category)
        .filter((memory) => LEVELS.indexOf(memory.confidentiality_level) <= ceilingOf(args))
        .map((memory) => ({ ...render(memory), score: scoreOf(textOf(args, 'query'), memory.content) }))
        .toSorted((a, b) => b.score - a.score)
      return answer(found, page(args, remote ? 5 : 10))
    },
    get_recent_memories(args) {
      const { limit, offset } = page(args, remote ? 5 : 20)
      const category = textOf(args, 'category')
      // B4: the first that were inserted are taken, and those are sorted.
      const found = store
        .list()
        .filter((memory) => category === '' || memory.category === category)
        .filter((memory) => LEVELS.indexOf(memory.confidentiality_level) <= ceilingOf(args))
        .slice(0, 2 * limit)
        .toReversed()
        .map(render)
      return answer(found, { limit, offset })
    },
    get_memory_stats() {
      const all = CATEGORIES.map((category) => [
        category,
        {
          count: store.list().filter((memory) => memory.category === category).length,
          name: `${category}_memories`,
        },
      ])
      return JSON.stringify(Object.fromEntries(all))
    },
    list_memory_sources: () =>
      JSON.stringify({
        current_machine: 'hub',
        total_machines: 1,
        machines: [{ machine_id: 'hub', agent_id: store.agent, memories: store.size() }],
      }),
    register_agent(args) {
      // B7: it is the hub itself that is called so from now on.
      store.agent = `hub-${textOf(args, 'role')}-${crypto.randomUUID().slice(0, 8)}`
      return JSON.stringify({ status: 'registered', agent_id: store.agent, role: args['role'] })
    },
    track_infrastructure_state(args) {
      // B9: one poor line, and all that is nested as text.
      const machine = textOf(args, 'machine_id')
      const { id } = add('infrastructure', `${textOf(args, 'state_type')} state for ${machine}`, {
        metadata: {
          machine_id: machine,
          state_type: textOf(args, 'state_type'),
          state_data: JSON.stringify(args['state_data'] ?? {}),
          tags: listOf(args, 'tags').join(','),
        },
      })
      return JSON.stringify({ status: 'tracked', memory_id: id, machine_id: machine })
    },
    record_incident(args) {
      const title = textOf(args, 'title')
      const severity = textOf(args, 'severity')
      const systems = listOf(args, 'affected_systems').join(', ')
      const content = `INCIDENT: ${title}\nSeverity: ${severity}\nAffected: ${systems}\n\n${textOf(args, 'description')}`
      const { id } = add('incidents', content, { metadata: { severity, title } })
      return JSON.stringify({ status: 'recorded', memory_id: id, incident_title: title })
    },
    broadcast_discovery(args) {
      // B8: any category and severity.
      const { id } = add('infrastructure', textOf(args, 'message'), {
        metadata: { category: textOf(args, 'category'), severity: textOf(args, 'severity', 'info') },
      })
      return JSON.stringify({ status: 'stored_locally', message_id: id })
    },
    generate_runbook(args) {
      const title = textOf(args, 'title')
      const { id } = add('runbooks', `RUNBOOK: ${title}\n\n${textOf(args, 'procedure')}`, {
        metadata: { title, system: textOf(args, 'system') },
      })
      return JSON.stringify({ status: 'generated', memory_id: id, runbook_title: title })
    },
  }

  return {
    /** Never throws. */
    call(name: string, given: Args): string {
      const known = propertiesOf(name, remote)
      const tool = tools[name]
      if (known === null || tool === undefined) return `Error: Unknown tool: ${name}`
      const strange = Object.keys(given).filter((key) => !(key in known))
      // B2: the one door drops them without a word, the other calls them an error in a text.
      if (strange.length > 0 && !remote) {
        return `Error executing ${name}: unexpected keyword argument '${strange[0]}'`
      }
      const missing = requiredOf(name).filter((key) => !(key in given))
      if (missing.length > 0) return `Error executing ${name}: missing argument '${missing[0]}'`
      const bad = Object.entries(given).find(([key, value]) => {
        const allowed = (known[key] as { enum?: readonly unknown[] } | undefined)?.enum
        return allowed !== undefined && !allowed.includes(value)
      })
      if (bad !== undefined) return `Error executing ${name}: '${String(bad[1])}' is not one of ${bad[0]}`
      try {
        return tool(Object.fromEntries(Object.entries(given).filter(([key]) => key in known)))
      } catch (error) {
        return `Error executing ${name}: ${error instanceof Error ? error.message : String(error)}`
      }
    },
  }
}
