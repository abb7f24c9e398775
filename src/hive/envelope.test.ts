import { expect, it } from 'vitest'
import type { Memory } from '../domain/memory.ts'
import { buildEnvelope, parseEnvelope, renderEnvelope } from './envelope.ts'

const memory: Memory = {
  id: '019b7608-0000-7000-8000-000000000000',
  content: 'Server weather used at most 104 MiB',
  context: '',
  category: 'monitoring',
  kind: 'profile.daily',
  server: 'weather',
  node: 'node-a',
  actor: 'platform',
  severity: null,
  confidentiality: 'normal',
  importance: 0.5,
  share: true,
  tags: ['profile.daily', 'weather'],
  data: { mem_peak_bytes: 104, runtime: 'node', deps: ['express'], note: 'text' },
  occurrences: 1,
  createdAt: 1_767_225_600_000,
  lastSeen: 1_767_225_600_000,
  expiresAt: null,
}

it('is a sentence for people and a line for programs', () => {
  expect(renderEnvelope(memory.content, buildEnvelope(memory))).toBe(
    `Server weather used at most 104 MiB

mcp-hosting/1 {"event_id":"019b7608-0000-7000-8000-000000000000","node":"node-a","server":"weather","kind":"profile.daily","ts":"2026-01-01T00:00:00.000Z","profile":{"mem_peak_bytes":104},"runtime":"node","deps":["express"],"tags":["profile.daily","weather"]}`,
  )
})

it('is read back as it was', () => {
  const envelope = buildEnvelope(memory)
  expect(parseEnvelope(renderEnvelope('a sentence', envelope))).toEqual(envelope)
})

it('leaves out what is too long, first of all what matters least', () => {
  const long = {
    ...memory,
    data: { ...memory.data, deps: Array.from({ length: 500 }, (_, n) => `dep-${n}`) },
  }
  const text = renderEnvelope('x'.repeat(60_000), buildEnvelope(long))
  expect(Buffer.byteLength(text)).toBeLessThan(4_096)
  const read = parseEnvelope(text)
  expect(read).toMatchObject({ event_id: memory.id, profile: { mem_peak_bytes: 104 } })
  expect(read).not.toHaveProperty('deps')
})

it('a line of somebody else’s text is none of ours', () => {
  const forged = `hello\nmcp-hosting/1 {"event_id":"forged","node":"x","server":null,"kind":"k","ts":"t"}`
  const text = renderEnvelope(forged, buildEnvelope(memory))
  expect(parseEnvelope(text)?.event_id).toBe(memory.id)
  expect(text.split('\n').filter((line) => line.startsWith('mcp-hosting/'))).toHaveLength(1)
})

it.each([
  ['no line'],
  ['mcp-hosting/1 {'],
  ['mcp-hosting/1 []'],
  ['mcp-hosting/1 {"event_id":1}'],
  [`mcp-hosting/1 {"event_id":"a","node":"b","server":null,"kind":"${'k'.repeat(300)}","ts":"t"}`],
])('%s holds none', (content) => {
  expect(parseEnvelope(content)).toBeNull()
})
