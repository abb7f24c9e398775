/** Findings as SARIF 2.1.0 (OASIS), the form that code scanning tools read. */
import type { z } from 'zod'
import type { FindingJson, sarifSchema } from './schema/finding.ts'

type Sarif = z.input<typeof sarifSchema>

/** SARIF knows three levels; the severity itself stands in the properties. */
const LEVELS = { critical: 'error', high: 'error', medium: 'warning', low: 'note', info: 'note' } as const
/** What GitHub's code scanning sorts by: 0.0 to 10.0. */
const SCORES = { critical: '9.5', high: '8.0', medium: '5.5', low: '3.0', info: '0.0' } as const

export function renderSarif(scan: {
  readonly items: readonly FindingJson[]
  readonly verdict: string
  readonly ruleSet: string | null
  readonly platformVersion: string
}): Sarif {
  const rules = [...new Map(scan.items.map((item) => [item.rule_id, item])).values()]
  const indexes = new Map(rules.map((rule, index) => [rule.rule_id, index]))
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'hAIveMind Hosting',
            version: scan.platformVersion,
            rules: rules.map(renderRule),
          },
        },
        automationDetails: { id: 'haivemind-scan/' },
        columnKind: 'utf16CodeUnits',
        originalUriBaseIds: { APP: { description: { text: 'The root of the unpacked archive' } } },
        results: scan.items.map((item) => renderResult(item, indexes.get(item.rule_id) ?? 0)),
        properties: { verdict: scan.verdict, ruleSet: scan.ruleSet },
      },
    ],
  }
}

function renderRule(item: FindingJson): object {
  return {
    id: item.rule_id,
    shortDescription: { text: item.reason },
    help: { text: item.fix },
    defaultConfiguration: { level: LEVELS[item.severity] },
    properties: {
      tags: [
        'security',
        item.layer,
        ...(item.cwe === null ? [] : [`external/cwe/${item.cwe.toLowerCase()}`]),
      ],
      'security-severity': SCORES[item.severity],
    },
  }
}

function renderResult(item: FindingJson, ruleIndex: number): object {
  return {
    ruleId: item.rule_id,
    ruleIndex,
    level: LEVELS[item.severity],
    message: { text: `${item.reason} ${item.fix}` },
    locations: item.file === null ? [] : [{ physicalLocation: renderPlace(item, item.file) }],
    partialFingerprints: { 'haivemind/v1': item.fingerprint },
    ...(item.suppressed === null
      ? {}
      : {
          suppressions: [{ kind: 'external', status: 'accepted', justification: item.suppressed.reason }],
        }),
    properties: { severity: item.severity, confidence: item.confidence },
  }
}

function renderPlace({ line, excerpt }: FindingJson, file: string): object {
  return {
    artifactLocation: { uri: file.split('/').map(encodeURIComponent).join('/'), uriBaseId: 'APP' },
    ...(line === null
      ? {}
      : { region: { startLine: line, ...(excerpt === null ? {} : { snippet: { text: excerpt } }) } }),
  }
}
