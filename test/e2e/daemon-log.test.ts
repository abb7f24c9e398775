/** The daemon's own log, as a log collector reads it. */
import { expect, it } from 'vitest'
import { z } from 'zod'
import { callModern } from './metrics-client.ts'
import { startCollector } from './otlp-collector.ts'
import { startPlatform } from './platform.ts'
import { buildServer, deployBash } from './servers.ts'

const id = (prefix: string) => z.string().regex(new RegExp(`^${prefix}_[0-9A-Z]{26}$`))
const hex = (digits: number) => z.string().regex(new RegExp(`^[0-9a-f]{${digits}}$`))

const record = z
  .object({
    time: z.iso.datetime({ precision: 3 }),
    level: z.enum(['debug', 'info', 'warn', 'error']),
    msg: z.string().min(1),
    component: z.string().min(1),
    server_id: id('srv').optional(),
    version_id: id('ver').optional(),
    request_id: z.string().startsWith('req_').optional(),
    trace_id: hex(32).nullable().optional(),
    span_id: hex(16).optional(),
    actor: z.string().min(1).optional(),
    err: z
      .strictObject({
        type: z.string(),
        message: z.string(),
        code: z.string().optional(),
        stack: z.string().optional(),
      })
      .optional(),
  })
  .catchall(z.unknown())
  .refine((line) => Object.keys(line).every((key) => /^[a-z][a-z0-9_]*$/.test(key)), 'names in snake_case')

it('is one JSON record a line, and names the call that it is about as the trace does', async () => {
  await using collector = await startCollector()
  await using platform = await startPlatform({
    logging: { level: 'debug', format: 'json' },
    gateway: { call_timeout: 1 },
    telemetry: { otlp: { endpoint: collector.url, metrics: false } },
  })
  await deployBash(platform, 'silent', buildServer({ onCall: 'sleep 60' }))
  const token = await platform.token('mcp:call')
  await callModern(platform.url, token, 'silent', 'act').catch(() => undefined)
  await platform.stop()
  const lines = platform
    .log()
    .split('\n')
    // What the command itself tells whoever started it.
    .filter((line) => !/^(?:$|no administrator yet|stopping$)/.test(line))
  const records = lines.map((line) => record.parse(JSON.parse(line)))
  const late = records.find(({ msg }) => msg === 'a call got no answer')
  const [own] = (await collector.spans()).filter(({ name, kind }) => name === 'tools/call act' && kind === 2)
  expect(late).toMatchObject({
    level: 'warn',
    component: 'gateway',
    server_id: expect.stringContaining('srv_') as string,
    actor: expect.stringContaining('token:') as string,
    outcome: 'timeout',
    trace_id: own?.traceId,
    span_id: own?.spanId,
  })
  expect(own?.status.code).toBe(2)
})
