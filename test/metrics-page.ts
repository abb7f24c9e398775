/** docs/metrics.md, written from the list of metrics. */
import { METRIC_LIST } from '../src/domain/metric-list.ts'
import type { MetricDefinition } from '../src/domain/metrics.ts'

export function renderMetricsPage(): string {
  const definitions: readonly MetricDefinition[] = Object.values(METRIC_LIST)
  return `# Metrics

\`GET /metrics\` answers with everything below, as Prometheus text (0.0.4), or as OpenMetrics 1.0 where \`Accept\` names
\`application/openmetrics-text\`; the latter has the trace id of one call in each bucket that calls fell into. It needs a
token with the scope \`metrics:read\`, unless \`telemetry.prometheus.public\` is true: then everybody who reaches the
listener reads the names of your servers and tools. Asking counts against \`rate_limits.api\` like every request.

\`\`\`yaml
# prometheus.yml
scrape_configs:
  - job_name: haivemind
    authorization: { credentials_file: /etc/prometheus/haivemind.token } # haivemind token create prometheus --scope metrics:read
    static_configs: [{ targets: ['127.0.0.1:8910'] }]
\`\`\`

Units are seconds and bytes. Counters begin at 0 with every start of the daemon and otherwise only rise; what belongs to
a server is gone with the server. Labels are a fixed set. Of each server 50 tools are told apart, by having answered at
least once; calls of other names, methods that MCP does not have and unknown revisions count as \`other\`. A label that
does not apply is absent: \`error_type\` for a call that went well, \`gen_ai_tool_name\` for other methods than
\`tools/call\`.

\`deploy/grafana/haivemind.json\` is a dashboard to import, with variables for server, tool and interval;
\`deploy/prometheus/alerts.yml\` has alerts: ServerDown, CrashLoop, HighErrorRate, HighLatency, MemoryNearLimit, DiskLow,
AuditBroken, EgressDenied, ScanEngineInactive, BackupOld.

## To a collector

With \`telemetry.otlp.endpoint\` the metrics go to a collector too (OTLP over HTTP, JSON), every
\`telemetry.otlp.interval\` seconds, and so do traces of calls: a SERVER span of the gateway, and below it a CLIENT span for
the time in which the server had the call. The \`traceparent\` in \`params._meta\` is the parent, that of the HTTP headers a
link; without the former the headers are the parent. The server gets the context of the CLIENT span in \`_meta\`. A client
that says a trace is not sampled is obeyed; of traces that begin here \`telemetry.otlp.sample_ratio\` are sampled. Arguments
and results are in no span. At most 4096 spans wait for a collector that does not answer; those beyond are counted as
dropped, and no call waits. Without an endpoint nothing of this exists.

## All metrics

| name | type | labels | what |
| --- | --- | --- | --- |
${definitions.map(renderRow).join('\n')}
`
}

function renderRow({ name, kind, labels, help }: MetricDefinition): string {
  const shown = labels.map((label) => `\`${label}\``).join(', ')
  return `| \`${name}\` | ${kind} | ${shown === '' ? '-' : shown} | ${help} |`
}
