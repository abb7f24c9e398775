/** The hub's tools with their arguments, as its two doors list them: the remote one has fewer of each. */
const text = { type: 'string' } as const
const texts = { type: 'array', items: text } as const
const number = (value: number) => ({ type: 'integer', default: value }) as const
const choice = (...values: string[]) => ({ type: 'string', enum: values })

/** B2: the stdio door knows the first ten only. */
export const CATEGORIES = [
  'project',
  'conversation',
  'agent',
  'global',
  'infrastructure',
  'incidents',
  'deployments',
  'monitoring',
  'runbooks',
  'security',
  'rules',
  'patterns',
  'playbook_suggestions',
]
const LEVELS = ['normal', 'internal', 'confidential', 'pii']

type Properties = Readonly<Record<string, object>>
type Entry = {
  readonly required: readonly string[]
  readonly remote: Properties
  /** What the stdio door adds, or has in another form. */
  readonly stdio: Properties
}

const category = choice(...CATEGORIES.slice(0, 10))
const TOOLS: Readonly<Record<string, Entry>> = {
  store_memory: {
    required: ['content'],
    remote: {
      content: text,
      category: { ...text, default: 'global' },
      confidentiality_level: { ...text, default: 'normal' },
    },
    stdio: {
      category,
      confidentiality_level: choice(...LEVELS),
      context: text,
      metadata: { type: 'object' },
      tags: texts,
      user_id: text,
      scope: { ...text, default: 'project-shared' },
      share_with: texts,
      exclude_from: texts,
      sensitive: { type: 'boolean', default: false },
    },
  },
  retrieve_memory: { required: ['memory_id'], remote: { memory_id: text }, stdio: {} },
  search_memories: {
    required: ['query'],
    remote: {
      query: text,
      category: text,
      user_id: text,
      limit: number(5),
      offset: number(0),
      semantic: { type: 'boolean', default: true },
      scope: text,
      include_global: { type: 'boolean', default: true },
      from_machines: texts,
      exclude_machines: texts,
      max_confidentiality_level: { ...text, default: 'internal' },
    },
    stdio: { category, limit: number(10), offset: {}, max_confidentiality_level: {} },
  },
  get_recent_memories: {
    required: [],
    remote: {
      user_id: text,
      category: text,
      hours: number(24),
      limit: number(5),
      offset: number(0),
      max_confidentiality_level: { ...text, default: 'internal' },
    },
    stdio: { category, limit: number(20), offset: {}, max_confidentiality_level: {} },
  },
  get_memory_stats: { required: [], remote: {}, stdio: {} },
  list_memory_sources: {
    required: [],
    remote: { category: text, limit: number(10), offset: number(0) },
    stdio: {},
  },
  register_agent: {
    required: ['role'],
    remote: { role: text, capabilities: texts, description: text },
    stdio: { role: choice('hive_mind', 'knowledge_seeker', 'memory_enhancer', 'sentinel_node') },
  },
  track_infrastructure_state: {
    required: ['machine_id', 'state_data', 'state_type'],
    remote: {
      machine_id: text,
      state_data: { type: 'object' },
      state_type: text,
      tags: texts,
    },
    stdio: { state_type: choice('service_status', 'resource_usage', 'configuration', 'health_check') },
  },
  record_incident: {
    required: ['title', 'description', 'severity'],
    remote: {
      title: text,
      description: text,
      severity: text,
      affected_systems: texts,
      resolution: text,
      lessons_learned: text,
    },
    stdio: { severity: choice('low', 'medium', 'high', 'critical') },
  },
  broadcast_discovery: {
    required: ['message', 'category'],
    remote: {
      message: text,
      category: text,
      severity: { ...text, default: 'info' },
      target_roles: texts,
    },
    stdio: {
      category: choice('infrastructure', 'incidents', 'security', 'optimization', 'alert'),
      severity: choice('info', 'warning', 'critical'),
    },
  },
  generate_runbook: {
    required: ['title', 'procedure', 'system'],
    remote: { title: text, procedure: text, system: text, prerequisites: texts, expected_outcome: text },
    stdio: {},
  },
}

/** An argument with nothing in it is one that the stdio door does not have. */
export function propertiesOf(name: string, remote: boolean): Properties | null {
  const tool = TOOLS[name]
  if (tool === undefined) return null
  const all = remote ? tool.remote : { ...tool.remote, ...tool.stdio }
  return Object.fromEntries(Object.entries(all).filter(([, schema]) => Object.keys(schema).length > 0))
}

export function buildTools(remote: boolean) {
  return Object.entries(TOOLS).map(([name, { required }]) => ({
    name,
    description: name.replaceAll('_', ' '),
    inputSchema: {
      type: 'object' as const,
      properties: propertiesOf(name, remote) ?? {},
      ...(required.length === 0 ? {} : { required: [...required] }),
    },
  }))
}

export const requiredOf = (name: string): readonly string[] => TOOLS[name]?.required ?? []
