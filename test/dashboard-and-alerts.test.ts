/** What is drawn and what raises an alarm is held to the metrics that there are: names, labels and syntax. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { METRIC_LIST } from '../src/domain/metric-list.ts'
import type { MetricDefinition } from '../src/domain/metrics.ts'
import { PROMTOOL, hasPromtool } from './e2e/promtool.ts'

const DEPLOY = join(import.meta.dirname, '../deploy')
const ALERTS = join(DEPLOY, 'prometheus/alerts.yml')
const DASHBOARD = join(DEPLOY, 'grafana/haivemind.json')

type Panel = {
  readonly type: string
  readonly title: string
  readonly targets?: readonly { readonly expr: string }[]
}
type Variable = { readonly name: string; readonly query: string | { readonly query: string } }
type Dashboard = {
  readonly panels: readonly Panel[]
  readonly templating: { readonly list: readonly Variable[] }
}

const dashboard = JSON.parse(readFileSync(DASHBOARD, 'utf8')) as Dashboard
const alerts = readFileSync(ALERTS, 'utf8')
const alertExpressions = [...alerts.matchAll(/expr: (?:\|\n((?: {10,}.*\n)+)|(.*)\n)/g)].map(
  ([, block, line]) => block ?? line ?? '',
)
const drawn = dashboard.panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr))
const asked = dashboard.templating.list.flatMap(({ query }) =>
  typeof query === 'string' ? [] : [query.query],
)

const DEFINITIONS: readonly MetricDefinition[] = Object.values(METRIC_LIST)

/** Each metric that is named, with the labels that its selector names. */
function readSelectors(expression: string): { readonly name: string; readonly labels: readonly string[] }[] {
  return [...expression.matchAll(/\b((?:haivemind|mcp|process|nodejs)_[a-z_]+)(?:\{([^}]*)\})?/g)]
    .filter(([, name]) => !DEFINITIONS.some(({ labels }) => labels.includes(name ?? '')))
    .map(([, name = '', inner = '']) => ({
      name,
      labels: [...inner.matchAll(/([a-z_]+)(?:=~|!~|!=|=)"/g)].map(([, label = '']) => label),
    }))
}

/** A histogram has these in its stead. */
function findDefinition(name: string): MetricDefinition | undefined {
  return DEFINITIONS.find((one) =>
    one.kind === 'histogram'
      ? [`${one.name}_bucket`, `${one.name}_sum`, `${one.name}_count`].includes(name)
      : one.name === name,
  )
}

/** Prometheus adds these. */
const TARGET = ['job', 'instance', 'le']

describe('M-01: the dashboard and the alerts', () => {
  it('are seen whole', () => {
    expect(alertExpressions).toHaveLength(alerts.match(/- alert: /g)?.length ?? 0)
    expect(drawn.length).toBeGreaterThan(50)
  })

  it.each([...alertExpressions, ...drawn, ...asked])('name only what there is: %s', (expression) => {
    const selectors = readSelectors(expression)
    expect(selectors.length).toBeGreaterThan(0)
    const wrong = selectors.flatMap(({ name, labels }) => {
      const found = findDefinition(name)
      if (found === undefined) return [name]
      return labels
        .filter((label) => ![...found.labels, ...TARGET].includes(label))
        .map((label) => `${name}{${label}}`)
    })
    expect(wrong).toEqual([])
  })

  it('draw every metric there is', () => {
    const shown = new Set(drawn.flatMap(readSelectors).map(({ name }) => findDefinition(name)?.name))
    const missing = DEFINITIONS.map(({ name }) => name).filter((name) => !shown.has(name))
    // Others are measured against it.
    expect(missing).toEqual(['process_start_time_seconds'])
  })

  it.skipIf(!hasPromtool)('are expressions that Prometheus understands', () => {
    const folder = mkdtempSync(join(tmpdir(), 'haivemind-rules-'))
    try {
      const rules = drawn.map((expr, at) => ({
        record: `drawn:${at}`,
        expr: expr.replaceAll('$interval', '5m').replaceAll(/\$(?:server|tool)/g, '.*'),
      }))
      const path = join(folder, 'drawn.yml')
      writeFileSync(path, JSON.stringify({ groups: [{ name: 'drawn', rules }] }))
      const run = spawnSync(PROMTOOL, ['check', 'rules', path, ALERTS], { encoding: 'utf8' })
      expect([run.status, run.stderr]).toEqual([0, ''])
      expect(run.stdout).toContain(`${drawn.length} rules found`)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it.skipIf(!hasPromtool)(
    'raise each alarm when they should, and not before',
    () => {
      const tests = join(DEPLOY, 'prometheus/alerts.test.yml')
      const run = spawnSync(PROMTOOL, ['test', 'rules', tests], { encoding: 'utf8' })
      expect([run.status, run.stderr], run.stdout).toEqual([0, ''])
      const named = [...alerts.matchAll(/- alert: (\w+)/g)].map(([, name]) => name)
      const tested = readFileSync(tests, 'utf8')
      expect(
        named.filter((name) => !new RegExp(`alertname: ${name}\\s*\\n\\s+exp_alerts:\\n`).test(tested)),
      ).toEqual([])
    },
    60_000,
  )
})
