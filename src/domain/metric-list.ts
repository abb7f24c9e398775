/**
 * Every metric there is, with its labels. Names are outward: docs/metrics.md, the dashboard and the alerts in deploy/
 * are held to this list by tests. Base units are seconds and bytes.
 */
import { createMetrics, type MetricDefinition, type Metrics } from './metrics.ts'

const LATENCY = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300]
const SERVER = ['server']

export const METRIC_LIST = {
  buildInfo: {
    name: 'haivemind_build_info',
    kind: 'gauge',
    help: 'Always 1; its labels say what runs.',
    labels: ['version', 'node'],
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
  callDuration: {
    name: 'mcp_server_operation_duration_seconds',
    kind: 'histogram',
    help: "Calls that clients made, from their arrival at the server's queue to their end; named as OpenTelemetry does.",
    labels: ['server', 'mcp_method_name', 'gen_ai_tool_name', 'error_type', 'mcp_protocol_version'],
    buckets: LATENCY,
    cap: { label: 'gen_ai_tool_name', within: 'server', max: 50 },
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
  toolDrift: {
    name: 'haivemind_tool_drift_total',
    kind: 'counter',
    help: 'Definitions that changed without a new version.',
    labels: SERVER,
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
