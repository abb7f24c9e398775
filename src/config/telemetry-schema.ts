import { z } from 'zod'

const prometheus = z.object({
  public: z
    .boolean()
    .default(false)
    .describe('True: GET /metrics needs no token; the names of servers and tools are in it.'),
})

const otlp = z.object({
  endpoint: z
    .url({ protocol: /^https?$/ })
    .nullable()
    .default(null)
    .describe(
      'Collector for OTLP over HTTP, without /v1/traces, for example http://127.0.0.1:4318; null: nothing is exported.',
    ),
  headers_file: z
    .string()
    .min(1)
    .nullable()
    .default(null)
    .describe('File with headers for it, one “Name: value” a line, readable by the platform’s user only.'),
  traces: z.boolean().default(true).describe('Export a trace of calls.'),
  sample_ratio: z
    .number()
    .min(0)
    .max(1)
    .default(1)
    .describe('Share of calls that are traced where the client does not say.'),
  metrics: z.boolean().default(true).describe('Export the metrics of /metrics too.'),
  interval: z.number().min(1).max(3600).default(60).describe('Time between two exports of metrics.'),
})

export const telemetry = z.object({ prometheus: prometheus.prefault({}), otlp: otlp.prefault({}) })
