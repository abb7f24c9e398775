/**
 * Every metric there is, with its labels. Names are outward: docs/metrics.md, the dashboard and the alerts in deploy/
 * are held to this list by tests. Base units are seconds and bytes.
 */
import { createMetrics, type MetricDefinition, type Metrics } from './metrics.ts'

const LATENCY = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300]
const OVERHEAD = [0.001, 0.005, ...LATENCY]
/** Of writes into the database, which are shorter than calls. */
const COMMITS = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1, 5]
const SERVER = ['server']

export const METRIC_LIST = {
  buildInfo: {
    name: 'haivemind_build_info',
    kind: 'gauge',
    help: 'Always 1; its labels say what runs.',
    labels: ['version', 'node', 'commit'],
  },
  servers: {
    name: 'haivemind_servers',
    kind: 'gauge',
    help: 'Servers by status.',
    labels: ['status'],
  },
  serverUp: {
    name: 'haivemind_server_up',
    kind: 'gauge',
    help: '1 while the server takes calls: running and not unhealthy, or stopped for being idle until the next call. A server that was stopped on request has no series.',
    labels: SERVER,
  },
  serverStartTime: {
    name: 'haivemind_server_start_time_seconds',
    kind: 'gauge',
    help: 'When the running main process began to answer, seconds since the epoch.',
    labels: SERVER,
  },
  serverRestarts: {
    name: 'haivemind_server_restarts_total',
    kind: 'counter',
    help: 'Automatic restarts of the main process.',
    labels: SERVER,
  },
  serverExits: {
    name: 'haivemind_server_exits_total',
    kind: 'counter',
    help: 'Ends of the main process, by cause.',
    labels: ['server', 'cause'],
  },
  adoptions: {
    name: 'haivemind_server_adoptions_total',
    kind: 'counter',
    help: 'What the start of the platform made of the processes that an earlier one left.',
    labels: ['result'],
  },
  serverCpu: {
    name: 'haivemind_server_cpu_seconds_total',
    kind: 'counter',
    help: 'CPU time of all processes of the server, as sampled.',
    labels: SERVER,
  },
  serverMemory: {
    name: 'haivemind_server_memory_bytes',
    kind: 'gauge',
    help: 'Memory of all processes of the server.',
    labels: SERVER,
  },
  serverMemoryLimit: {
    name: 'haivemind_server_memory_limit_bytes',
    kind: 'gauge',
    help: 'Memory that all running processes of the server together may take.',
    labels: SERVER,
  },
  serverProcesses: {
    name: 'haivemind_server_processes',
    kind: 'gauge',
    help: 'Processes and threads of the server.',
    labels: SERVER,
  },
  serverDisk: {
    name: 'haivemind_server_disk_bytes',
    kind: 'gauge',
    help: 'What the server keeps on the disk, by what: data, logs. Measured every five minutes.',
    labels: ['server', 'what'],
  },
  healthChecks: {
    name: 'haivemind_health_checks_total',
    kind: 'counter',
    help: 'Looks at whether a process of the server answers, by result: passed, failed. An answered call is one.',
    labels: ['server', 'result'],
  },
  healthDuration: {
    name: 'haivemind_health_check_duration_seconds',
    kind: 'histogram',
    help: 'Time until the answer to such a look came, where the process was asked.',
    labels: SERVER,
    buckets: OVERHEAD,
  },
  callDuration: {
    name: 'mcp_server_operation_duration_seconds',
    kind: 'histogram',
    help: "Calls that clients made, from their arrival at the server's queue to their end; named as OpenTelemetry does.",
    labels: ['server', 'mcp_method_name', 'gen_ai_tool_name', 'error_type', 'mcp_protocol_version'],
    buckets: LATENCY,
    cap: { label: 'gen_ai_tool_name', within: 'server', max: 50 },
  },
  gatewayOverhead: {
    name: 'haivemind_gateway_overhead_seconds',
    kind: 'histogram',
    help: 'What a call took beyond the time its server had it: waiting for a place, and the work of the gateway.',
    labels: SERVER,
    buckets: OVERHEAD,
  },
  gatewayInflight: {
    name: 'haivemind_gateway_inflight',
    kind: 'gauge',
    help: 'Calls that the server works on.',
    labels: SERVER,
  },
  gatewayQueue: {
    name: 'haivemind_gateway_queue_depth',
    kind: 'gauge',
    help: 'Calls that wait for a place at the server.',
    labels: SERVER,
  },
  streams: {
    name: 'haivemind_streams',
    kind: 'gauge',
    help: 'Open event streams of MCP clients: standing ones, and answers that are streams.',
    labels: ['kind'],
  },
  sessions: {
    name: 'haivemind_sessions',
    kind: 'gauge',
    help: 'Sessions of MCP clients; revision 2026-07-28 has none.',
    labels: [],
  },
  deploys: {
    name: 'haivemind_deploys_total',
    kind: 'counter',
    help: 'Deployments that ended, by outcome.',
    labels: ['outcome'],
  },
  deployStage: {
    name: 'haivemind_deploy_stage_duration_seconds',
    kind: 'histogram',
    help: 'Time of each stage of a deployment.',
    labels: ['stage'],
    buckets: LATENCY,
  },
  uploadBytes: {
    name: 'haivemind_upload_bytes_total',
    kind: 'counter',
    help: 'Bytes of archives that were received whole.',
    labels: [],
  },
  archiveRejections: {
    name: 'haivemind_archive_rejections_total',
    kind: 'counter',
    help: 'Deployments that were refused for what is in the archive, by error code.',
    labels: ['code'],
  },
  scanDuration: {
    name: 'haivemind_scan_duration_seconds',
    kind: 'histogram',
    help: 'Time of one scan.',
    labels: [],
    buckets: LATENCY,
  },
  scanFindings: {
    name: 'haivemind_scan_findings_total',
    kind: 'counter',
    help: 'Findings of scans, suppressed ones included.',
    labels: ['severity'],
  },
  scanEngineActive: {
    name: 'haivemind_scan_engine_active',
    kind: 'gauge',
    help: '1 where uploads are looked at by this engine: code (the rules), or osv (advisories of security.osv_dir).',
    labels: ['engine'],
  },
  toolDrift: {
    name: 'haivemind_tool_drift_total',
    kind: 'counter',
    help: 'Definitions that changed without a new version.',
    labels: SERVER,
  },
  egressDenied: {
    name: 'haivemind_egress_denied_total',
    kind: 'counter',
    help: 'Connections that the server asked for and did not get.',
    labels: SERVER,
  },
  egressBytes: {
    name: 'haivemind_server_egress_bytes_total',
    kind: 'counter',
    help: 'Bytes over connections of the server, by host; 20 hosts are told apart.',
    labels: ['server', 'host', 'direction'],
    cap: { label: 'host', within: 'server', max: 20 },
  },
  logLines: {
    name: 'haivemind_log_lines_total',
    kind: 'counter',
    help: 'Lines of output that came, dropped ones included.',
    labels: ['server', 'stream'],
  },
  logBytes: {
    name: 'haivemind_log_bytes_total',
    kind: 'counter',
    help: 'Their bytes.',
    labels: ['server', 'stream'],
  },
  logDropped: {
    name: 'haivemind_log_dropped_total',
    kind: 'counter',
    help: 'Lines that were not stored, since more came than could be written.',
    labels: ['server', 'stream'],
  },
  httpRequests: {
    name: 'haivemind_http_requests_total',
    kind: 'counter',
    help: 'Requests to the platform itself, by route; calls of hosted servers are not among them.',
    labels: ['route', 'method', 'code'],
  },
  httpDuration: {
    name: 'haivemind_http_request_duration_seconds',
    kind: 'histogram',
    help: 'Time until the answer of such a request began.',
    labels: ['route', 'method'],
    buckets: LATENCY,
  },
  authAttempts: {
    name: 'haivemind_auth_attempts_total',
    kind: 'counter',
    help: 'Sign-ins by result, and requests that were turned away as unauthenticated or forbidden. Requests with a good token are not counted here.',
    labels: ['result'],
  },
  rateLimited: {
    name: 'haivemind_rate_limited_total',
    kind: 'counter',
    help: 'Requests refused for coming too often, by limit: api, uploads, mcp, sign_in.',
    labels: ['scope'],
  },
  auditRecords: {
    name: 'haivemind_audit_records_total',
    kind: 'counter',
    help: 'Records of the audit log.',
    labels: ['outcome'],
  },
  auditFailures: {
    name: 'haivemind_audit_failures_total',
    kind: 'counter',
    help: 'Records that could not be written; what they are about did not happen.',
    labels: [],
  },
  auditIntact: {
    name: 'haivemind_audit_intact',
    kind: 'gauge',
    help: '1 where the last check of the whole audit log found it as it was written. It is checked after the start and every six hours.',
    labels: [],
  },
  backupNewest: {
    name: 'haivemind_backup_newest_time_seconds',
    kind: 'gauge',
    help: 'When the newest backup was made, seconds since the epoch; 0 where there is none. Copies of before a migration do not count.',
    labels: [],
  },
  dbSize: {
    name: 'haivemind_db_size_bytes',
    kind: 'gauge',
    help: 'Size of the database and its write-ahead log.',
    labels: [],
  },
  dbCommit: {
    name: 'haivemind_db_commit_duration_seconds',
    kind: 'histogram',
    help: 'Time of one write to the database, its sync included.',
    labels: [],
    buckets: COMMITS,
  },
  diskFree: {
    name: 'haivemind_disk_free_bytes',
    kind: 'gauge',
    help: 'Space that the platform may still use, where the directory lies.',
    labels: ['dir'],
  },
  diskSize: {
    name: 'haivemind_disk_size_bytes',
    kind: 'gauge',
    help: 'Size of that file system.',
    labels: ['dir'],
  },
  eventsClients: {
    name: 'haivemind_events_clients',
    kind: 'gauge',
    help: 'Open streams of events and logs.',
    labels: [],
  },
  otlpDropped: {
    name: 'haivemind_otlp_dropped_total',
    kind: 'counter',
    help: 'Spans that were not exported: too many waited, or the collector refused them.',
    labels: [],
  },
  otlpExports: {
    name: 'haivemind_otlp_exports_total',
    kind: 'counter',
    help: 'Requests to the collector, by signal (traces, metrics) and result (sent, retry, refused).',
    labels: ['signal', 'result'],
  },
  processCpu: {
    name: 'process_cpu_seconds_total',
    kind: 'counter',
    help: 'CPU time of the daemon.',
    labels: [],
  },
  processMemory: {
    name: 'process_resident_memory_bytes',
    kind: 'gauge',
    help: 'Resident memory of the daemon.',
    labels: [],
  },
  processStart: {
    name: 'process_start_time_seconds',
    kind: 'gauge',
    help: 'When the daemon started, seconds since the epoch.',
    labels: [],
  },
  processDescriptors: {
    name: 'process_open_fds',
    kind: 'gauge',
    help: 'Descriptors that the daemon has open.',
    labels: [],
  },
  processMaxDescriptors: {
    name: 'process_max_fds',
    kind: 'gauge',
    help: 'Descriptors that it may open; absent where there is no limit.',
    labels: [],
  },
  eventLoopLag: {
    name: 'nodejs_eventloop_lag_seconds',
    kind: 'gauge',
    help: 'How late the event loop was since the last look: p50, p99, max.',
    labels: ['stat'],
  },
} as const satisfies Readonly<Record<string, MetricDefinition>>

export type MetricKey = keyof typeof METRIC_LIST
export type PlatformMetrics = Metrics<MetricKey>

export const createPlatformMetrics = (): PlatformMetrics => createMetrics<MetricKey>(METRIC_LIST)
