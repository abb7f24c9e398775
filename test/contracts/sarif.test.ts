/** What is exported as SARIF is SARIF: held to the standard's own schema. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv } from 'ajv'
import { expect, it } from 'vitest'
import { renderSarif } from '../../src/api/render-sarif.ts'
import type { FindingJson } from '../../src/api/schema/finding.ts'

const schema = JSON.parse(
  readFileSync(join(import.meta.dirname, '../fixtures/sarif-2.1.0.schema.json'), 'utf8'),
) as object
const validate = new Ajv({ strict: false, validateFormats: false, unicodeRegExp: false }).compile(schema)

const finding: FindingJson = {
  rule_id: 'code.environment_theft',
  layer: 'code',
  severity: 'critical',
  confidence: 'high',
  file: 'src/a b.py',
  line: 3,
  reason: 'The environment is sent away.',
  fix: 'Do not.',
  cwe: 'CWE-200',
  excerpt: 'requests.post(url, json=dict(os.environ))',
  fingerprint: 'a'.repeat(32),
  suppressed: null,
}
const until = '2030-01-01T00:00:00.000Z'
const render = (items: readonly FindingJson[]) =>
  renderSarif({ items, verdict: 'block', ruleSet: 'r1', platformVersion: '1.0.0' })

it.each([
  ['nothing', []],
  ['a finding with its place', [finding]],
  [
    'one without a file, and one without a line',
    [
      { ...finding, file: null, line: null },
      { ...finding, line: null },
    ],
  ],
  ['a suppressed one', [{ ...finding, suppressed: { reason: 'a test', by: 'local', until } }]],
  [
    'every severity',
    (['critical', 'high', 'medium', 'low', 'info'] as const).map((severity) => ({
      ...finding,
      severity,
      cwe: null,
    })),
  ],
])('of %s is valid', (_, items) => {
  expect(validate(render(items)) ? [] : validate.errors).toEqual([])
})

it('has each rule once, and each result names its own', () => {
  const [run] = render([finding, { ...finding, line: 9 }, { ...finding, rule_id: 'code.miner' }]).runs as [
    { tool: { driver: { rules: { id: string }[] } }; results: { ruleId: string; ruleIndex: number }[] },
  ]
  const ids = run.tool.driver.rules.map(({ id }) => id)
  expect(ids).toEqual(['code.environment_theft', 'code.miner'])
  expect(run.results.map(({ ruleId, ruleIndex }) => ids[ruleIndex] === ruleId)).toEqual([true, true, true])
})

it('is refused by that schema when it is not SARIF', () => {
  expect(validate({ version: '2.0.0', runs: [] })).toBe(false)
  expect(validate({ version: '2.1.0', runs: [{ results: [] }] })).toBe(false)
})
