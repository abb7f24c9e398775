/**
 * Who may do what, as a table of its own: every route and every management tool, and everybody there is. What the
 * code declares is not asked, so a route or tool that is not in here fails the tests that walk it.
 */
import { problemSchema } from '../../src/api/schema/common.ts'

/** As the registry has it. */
type Endpoint = { readonly method: string; readonly path: string }

/** What each of them needs; `anybody` is nobody in particular, `somebody` whoever they are. */
export const ROUTES: Readonly<Record<string, string>> = {
  'GET /healthz': 'anybody',
  'GET /readyz': 'anybody',
  'GET /metrics': 'metrics:read',
  'GET /': 'anybody',
  'GET /api/openapi.json': 'anybody',
  'GET /auth/login': 'anybody',
  'GET /auth/callback': 'anybody',
  'GET /.well-known/oauth-protected-resource': 'anybody',
  'GET /.well-known/oauth-protected-resource/mcp': 'anybody',
  'GET /.well-known/oauth-protected-resource/hub/mcp': 'anybody',
  'GET /.well-known/oauth-protected-resource/api/v1': 'anybody',
  'GET /.well-known/oauth-protected-resource/servers/:name/mcp': 'anybody',
  'GET /.well-known/oauth-protected-resource/servers/:name/sse': 'anybody',
  'GET /api/v1/servers': 'servers:read',
  'POST /api/v1/servers': 'servers:deploy',
  'GET /api/v1/servers/:name': 'servers:read',
  'PATCH /api/v1/servers/:name': 'servers:write',
  'DELETE /api/v1/servers/:name': 'servers:delete',
  'POST /api/v1/servers/:name/start': 'servers:write',
  'POST /api/v1/servers/:name/stop': 'servers:write',
  'POST /api/v1/servers/:name/restart': 'servers:write',
  'POST /api/v1/servers/:name/restore': 'servers:write',
  'POST /api/v1/servers/:name/rollback': 'servers:deploy',
  'GET /api/v1/servers/:name/health': 'servers:read',
  'GET /api/v1/servers/:name/metrics': 'servers:read',
  'GET /api/v1/servers/:name/samples': 'servers:read',
  'GET /api/v1/samples': 'servers:read',
  'GET /api/v1/servers/:name/versions': 'servers:read',
  'GET /api/v1/servers/:name/versions/compare': 'servers:read',
  'DELETE /api/v1/servers/:name/versions/:version': 'servers:delete',
  'GET /api/v1/servers/:name/pins': 'servers:read',
  'POST /api/v1/servers/:name/pins/approve': 'servers:deploy',
  'GET /api/v1/servers/:name/clients': 'servers:read',
  'POST /api/v1/servers/:name/clients/test': 'mcp:call',
  'GET /api/v1/attention': 'servers:read',
  'GET /api/v1/hub/clients': 'servers:read',
  'GET /api/v1/mcp/clients': 'servers:read',
  'GET /api/v1/servers/:name/logs': 'logs:read',
  'GET /api/v1/servers/:name/logs/search': 'logs:read',
  'GET /api/v1/servers/:name/logs/download': 'logs:read',
  'GET /api/v1/servers/:name/tools': 'mcp:call',
  'GET /api/v1/servers/:name/resources': 'mcp:call',
  'GET /api/v1/servers/:name/resources/read': 'mcp:call',
  'GET /api/v1/servers/:name/prompts': 'mcp:call',
  'POST /api/v1/servers/:name/prompts/:prompt/get': 'mcp:call',
  'GET /api/v1/servers/:name/tool-states': 'servers:read',
  'PATCH /api/v1/servers/:name/tools/:tool': 'servers:write',
  'POST /api/v1/servers/:name/call': 'mcp:call',
  'GET /api/v1/operations': 'servers:read',
  'GET /api/v1/operations/:id': 'servers:read',
  'POST /api/v1/operations/:id/cancel': 'servers:deploy',
  'GET /api/v1/events': 'servers:read',
  'GET /api/v1/stats': 'servers:read',
  'GET /api/v1/system': 'servers:read',
  'GET /api/v1/tokens': 'admin',
  'POST /api/v1/tokens': 'admin',
  'DELETE /api/v1/tokens/:id': 'admin',
  'POST /api/v1/scan': 'servers:deploy',
  'GET /api/v1/security': 'servers:read',
  'GET /api/v1/servers/:name/findings': 'servers:read',
  'POST /api/v1/servers/:name/approve': 'admin',
  'GET /api/v1/suppressions': 'admin',
  'POST /api/v1/suppressions': 'admin',
  'DELETE /api/v1/suppressions/:fingerprint': 'admin',
  'GET /api/v1/audit': 'admin',
  'GET /api/v1/audit/export': 'admin',
  'GET /api/v1/audit/verify': 'admin',
  'GET /api/v1/servers/:name/secrets': 'servers:read',
  'POST /api/v1/servers/:name/secrets': 'secrets:write',
  'DELETE /api/v1/servers/:name/secrets/:secret': 'secrets:write',
  'GET /api/v1/config': 'admin',
  'POST /api/v1/config/reload': 'admin',
  'GET /api/v1/system/log': 'admin',
  'POST /api/v1/secrets/rotate-key': 'admin',
  'GET /api/v1/cleanup': 'servers:read',
  'POST /api/v1/cleanup': 'admin',
  'GET /api/v1/memories': 'memory:read',
  'POST /api/v1/memories': 'memory:write',
  'GET /api/v1/memories/stats': 'memory:read',
  'GET /api/v1/memories/changes': 'memory:read',
  'GET /api/v1/memories/recall': 'memory:read',
  'GET /api/v1/memories/export': 'memory:read',
  'POST /api/v1/memories/import': 'admin',
  'GET /api/v1/memories/:id': 'memory:read',
  'GET /api/v1/incidents': 'servers:read',
  'GET /api/v1/incidents/:id': 'servers:read',
  'POST /api/v1/optimize': 'servers:read',
  'GET /api/v1/recommendations': 'servers:read',
  'POST /api/v1/recommendations/:id/apply': 'servers:write',
  'POST /api/v1/recommendations/:id/dismiss': 'servers:write',
  'GET /api/v1/notifications': 'admin',
  'GET /api/v1/notifications/channels': 'admin',
  'POST /api/v1/notifications/channels': 'admin',
  'PATCH /api/v1/notifications/channels/:id': 'admin',
  'DELETE /api/v1/notifications/channels/:id': 'admin',
  'POST /api/v1/notifications/channels/:id/test': 'admin',
  'GET /api/v1/backups': 'admin',
  'POST /api/v1/backups': 'admin',
  'GET /api/v1/users': 'admin',
  'POST /api/v1/users': 'admin',
  'PATCH /api/v1/users/:name': 'admin',
  'DELETE /api/v1/users/:name': 'admin',
  'GET /api/v1/setup': 'anybody',
  'POST /api/v1/setup': 'anybody',
  'POST /api/v1/setup/code': 'admin',
  'POST /api/v1/login': 'anybody',
  'POST /api/v1/logout': 'somebody',
  'GET /api/v1/sessions': 'somebody',
  'DELETE /api/v1/sessions/:id': 'somebody',
  'GET /api/v1/me': 'somebody',
  'PATCH /api/v1/me': 'somebody',
}

/** With arguments that its schema takes, so that what refuses is the scope. */
export const TOOLS: Readonly<
  Record<string, readonly [needs: string, args: Readonly<Record<string, unknown>>]>
> = {
  scan_mcp_archive: ['servers:deploy', { archive_base64: 'AAAA' }],
  get_security_overview: ['servers:read', {}],
  get_mcp_server_findings: ['servers:read', { name: 'absent' }],
  approve_mcp_server: ['admin', { name: 'absent', reason: 'because' }],
  upload_mcp_server: ['servers:deploy', { name: 'weather' }],
  cancel_operation: ['servers:deploy', { operation_id: 'op_x' }],
  list_operations: ['servers:read', {}],
  get_operation: ['servers:read', { operation_id: 'op_x' }],
  start_mcp_server: ['servers:write', { name: 'absent' }],
  stop_mcp_server: ['servers:write', { name: 'absent' }],
  restart_mcp_server: ['servers:write', { name: 'absent' }],
  restore_mcp_server: ['servers:write', { name: 'absent' }],
  get_mcp_server_status: ['servers:read', { name: 'absent' }],
  list_mcp_servers: ['servers:read', {}],
  delete_mcp_server: ['servers:delete', { name: 'absent' }],
  list_mcp_server_versions: ['servers:read', { name: 'absent' }],
  compare_mcp_server_versions: ['servers:read', { name: 'absent', from: 1, to: 2 }],
  delete_mcp_server_version: ['servers:delete', { name: 'absent', version: 1 }],
  rollback_mcp_server: ['servers:deploy', { name: 'absent' }],
  list_hosting_incidents: ['servers:read', {}],
  get_hosting_incident: ['servers:read', { incident_id: 'inc_x' }],
  search_mcp_server_logs: ['logs:read', { name: 'absent', q: 'x' }],
  get_mcp_server_logs: ['logs:read', { name: 'absent' }],
  get_mcp_server_health: ['servers:read', { name: 'absent' }],
  get_mcp_server_metrics: ['servers:read', { name: 'absent' }],
  get_hosting_stats: ['servers:read', {}],
  get_mcp_server_samples: ['servers:read', { name: 'absent' }],
  get_hosting_samples: ['servers:read', {}],
  optimize_server_resources: ['servers:read', {}],
  list_recommendations: ['servers:read', {}],
  apply_recommendation: ['servers:write', { recommendation_id: 'rec_absent' }],
  dismiss_recommendation: ['servers:write', { recommendation_id: 'rec_absent' }],
  call_hosted_tool: ['mcp:call', { name: 'weather', tool: 'add' }],
  update_mcp_server: ['servers:write', { name: 'absent', settings: { tags: ['x'] } }],
  list_attention: ['servers:read', {}],
  list_tool_states: ['servers:read', { name: 'absent' }],
  set_hosted_tool: ['servers:write', { name: 'absent', tool: 'x', enabled: false }],
  get_client_setup: ['servers:read', { name: 'absent' }],
  test_client_connection: ['mcp:call', { name: 'weather' }],
  get_mcp_server_pins: ['servers:read', { name: 'absent' }],
  list_hosted_tools: ['mcp:call', { name: 'weather' }],
  list_hosted_resources: ['mcp:call', { name: 'weather' }],
  read_hosted_resource: ['mcp:call', { name: 'weather', uri: 'demo://note/1' }],
  list_hosted_prompts: ['mcp:call', { name: 'weather' }],
  get_hosted_prompt: ['mcp:call', { name: 'weather', prompt: 'greet' }],
  list_hosting_events: ['servers:read', {}],
  get_hosting_system: ['servers:read', {}],
  list_audit_records: ['admin', {}],
  verify_audit_log: ['admin', {}],
  list_cleanup: ['servers:read', {}],
  clean_up_hosting: ['admin', {}],
  list_notification_channels: ['admin', {}],
  update_notification_channel: ['admin', { channel_id: 'chn_absent', settings: { enabled: false } }],
  delete_notification_channel: ['admin', { channel_id: 'chn_absent' }],
  test_notification_channel: ['admin', { channel_id: 'chn_absent' }],
  list_notifications: ['admin', {}],
  list_backups: ['admin', {}],
  create_backup: ['admin', {}],
  get_hosting_config: ['admin', {}],
  reload_hosting_config: ['admin', {}],
  get_hosting_log: ['admin', {}],
  search_memories: ['memory:read', { query: 'anything' }],
  get_recent_memories: ['memory:read', {}],
  retrieve_memory: ['memory:read', { memory_id: 'absent' }],
  get_memory_stats: ['memory:read', {}],
  hive_pull: ['memory:read', {}],
  recall_memories: ['memory:read', { query: 'anything' }],
  list_memory_sources: ['memory:read', {}],
  store_memory: ['memory:write', { content: 'a note' }],
  record_incident: ['memory:write', { title: 'a', description: 'b', severity: 'low' }],
  broadcast_discovery: ['memory:write', { message: 'a', category: 'alert' }],
  get_broadcasts: ['memory:read', {}],
  list_suppressed_findings: ['admin', {}],
  suppress_finding: ['admin', { fingerprint: '0'.repeat(32), reason: 'because' }],
  remove_suppression: ['admin', { fingerprint: '0'.repeat(32) }],
}

const READING = 'servers:read logs:read memory:read metrics:read'
const MANAGING =
  'servers:read servers:write servers:deploy servers:delete logs:read secrets:write memory:read memory:write metrics:read admin'
/** Role → what it holds, in full. */
export const ROLES = {
  viewer: READING,
  operator: `${READING} servers:write mcp:call`,
  deployer: `${READING} servers:write mcp:call servers:deploy servers:delete secrets:write memory:write`,
  admin: `${MANAGING} mcp:call`,
} as const
/** Token with one grant → what it holds, on the server `weather`. `hidden` holders may not know that it exists. */
export const TOKENS: Readonly<Record<string, string>> = {
  'servers:read': 'servers:read',
  'servers:write': 'servers:write',
  'servers:deploy': 'servers:deploy',
  'servers:delete': 'servers:delete',
  'logs:read': 'logs:read',
  'secrets:write': 'secrets:write',
  'memory:read': 'memory:read',
  'memory:write': 'memory:write',
  'metrics:read': 'metrics:read',
  admin: MANAGING,
  'mcp:call': 'mcp:call',
  'mcp:call:weather': 'mcp:call',
  'mcp:call:weather:add': 'mcp:call',
  'mcp:call:other': 'hidden',
  'mcp:call:other:add': 'hidden',
}

export type Outcome = 'in' | 401 | 403 | 404

export function expectation(needs: string, holds: string): Outcome {
  if (needs === 'anybody' || needs === 'somebody') return 'in'
  if (needs === 'mcp:call' && holds === 'hidden') return 404
  return holds.split(' ').includes(needs) ? 'in' : 403
}

/** `weather` runs; other paths name what is not there, so that nothing changes however far a request gets. */
export function pathOf({ path, method }: Endpoint): string {
  const isUse = method === 'GET' || path.endsWith('/call') || path.endsWith('/clients/test')
  const name = path.startsWith('/api/v1/servers') && isUse ? 'weather' : 'absent'
  return path.replace(':name', name).replace(':id', 'op_x')
}

/** Past the door every other status is possible, and a 404 that names something else than the server. */
export async function outcomeOf(response: Response): Promise<Outcome> {
  const { status } = response
  const isProblem = response.headers.get('content-type') === 'application/problem+json'
  const code = isProblem ? problemSchema.parse(await response.json()).code : null
  if (code === 'unauthenticated') return 401
  if (code === 'forbidden' || code === 'cross_site_refused') return 403
  if (code === 'server_not_found') return 404
  return status === 401 && code !== 'wrong_credentials' ? 401 : 'in'
}

export const keyOf = ({ method, path }: Endpoint) => `${method} ${path}`
