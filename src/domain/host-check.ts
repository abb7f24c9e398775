/** What doctor says, and where each line of it stands: docs/troubleshooting.md has a section for every anchor. */

export type HostCheck = {
  readonly id: string
  readonly area: string
  readonly status: 'ok' | 'warn' | 'fail'
  readonly found: string
  /** What mends it; null where there is nothing to mend. */
  readonly fix: string | null
}

/** In the order in which they are shown. */
const AREAS = [
  'daemon',
  'configuration',
  'storage',
  'isolation',
  'runtimes',
  'scanning',
  'servers',
  'records',
] as const
type Area = (typeof AREAS)[number]

type Place = { readonly area: Area; readonly anchor: string }
const at = (area: Area, anchor: string): Place => ({ area, anchor })

/** By id; what follows a colon in an id is the name of a server. In the order in which they are shown. */
export const CHECKS: Readonly<Record<string, Place>> = {
  node: at('daemon', 'node'),
  daemon: at('daemon', 'daemon'),
  version: at('daemon', 'version'),
  port: at('daemon', 'port'),
  clock: at('daemon', 'clock'),
  stale_address: at('daemon', 'stale_address'),
  configuration: at('configuration', 'configuration'),
  config_reload: at('configuration', 'config_reload'),
  exposure: at('configuration', 'exposure'),
  public_url: at('configuration', 'public_url'),
  certificate: at('configuration', 'certificate'),
  folder_data_dir: at('storage', 'folders'),
  folder_servers_dir: at('storage', 'folders'),
  folder_uploads_dir: at('storage', 'folders'),
  folder_logs_dir: at('storage', 'folders'),
  writable_data_dir: at('storage', 'writable'),
  writable_servers_dir: at('storage', 'writable'),
  writable_uploads_dir: at('storage', 'writable'),
  writable_logs_dir: at('storage', 'writable'),
  file_key: at('storage', 'secret_files'),
  file_cli_token: at('storage', 'secret_files'),
  secrets_key: at('storage', 'secrets_key'),
  core_dumps: at('storage', 'core_dumps'),
  free_space: at('storage', 'free_space'),
  inodes: at('storage', 'free_space'),
  file_system: at('storage', 'file_system'),
  database: at('storage', 'database'),
  write_ahead_log: at('storage', 'write_ahead_log'),
  damaged_databases: at('storage', 'damaged_databases'),
  backup: at('storage', 'backup'),
  sandbox: at('isolation', 'sandbox'),
  uids: at('isolation', 'uids'),
  user_namespaces: at('isolation', 'user_namespaces'),
  no_new_privs: at('isolation', 'no_new_privs'),
  programs: at('isolation', 'programs'),
  bubblewrap: at('isolation', 'programs'),
  filter: at('isolation', 'filter'),
  landlock: at('isolation', 'landlock'),
  cgroup: at('isolation', 'cgroup'),
  disk: at('isolation', 'disk'),
  open_files: at('isolation', 'process_limits'),
  processes: at('isolation', 'process_limits'),
  'tool-python': at('runtimes', 'runtimes'),
  'python-venv': at('runtimes', 'runtimes'),
  'tool-node': at('runtimes', 'runtimes'),
  'tool-bash': at('runtimes', 'runtimes'),
  'tool-npm': at('runtimes', 'runtimes'),
  'tool-uv': at('runtimes', 'runtimes'),
  scan: at('scanning', 'scan'),
  advisories: at('scanning', 'advisories'),
  server: at('servers', 'server'),
  reconcile: at('servers', 'reconcile'),
  left_behind: at('servers', 'left_behind'),
  audit: at('records', 'audit'),
  memory_peer: at('records', 'memory_peer'),
  memory_embeddings: at('records', 'memory_embeddings'),
}

export type ShownCheck = HostCheck & {
  /** A page and the place on it. */
  readonly docs: string
}

const ORDER = Object.keys(CHECKS)

/** All parts' checks as they are shown: in one order, each with the place that explains it. */
export function arrangeChecks(checks: readonly HostCheck[]): readonly ShownCheck[] {
  const base = ({ id }: HostCheck) => id.split(':', 1)[0] ?? id
  const rank = (check: HostCheck) => {
    const found = ORDER.indexOf(base(check))
    return found === -1 ? ORDER.length : found
  }
  return checks
    .map((check) => {
      const place = CHECKS[base(check)]
      return {
        ...check,
        area: place?.area ?? check.area,
        docs: `docs/troubleshooting.md#${place?.anchor ?? base(check)}`,
      }
    })
    .toSorted((left, right) => rank(left) - rank(right))
}
