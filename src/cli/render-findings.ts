/** Findings as lines for people. */
import type { FindingJson } from '../api/schema/finding.ts'
import { stripControls, type Printer } from './print.ts'

const STYLES = { critical: 'red', high: 'red', medium: 'yellow', low: 'dim', info: 'dim' } as const

export function printFindings(items: readonly FindingJson[], print: Printer): void {
  for (const item of items) {
    const place = item.file === null ? '' : ` ${item.file}${item.line === null ? '' : `:${item.line}`}`
    const seen =
      item.suppressed === null ? '' : ` (suppressed by ${item.suppressed.by}: ${item.suppressed.reason})`
    print.line(
      `${print.style(STYLES[item.severity], item.severity.padEnd(8))} ${stripControls(`${item.rule_id}${place}${seen}`)}`,
    )
    if (print.quiet) continue
    if (item.excerpt !== null) print.line(`         > ${stripControls(item.excerpt)}`)
    print.line(`         ${stripControls(item.reason)}`)
    print.line(`         ${stripControls(item.fix)}`)
    print.line(
      `         ${print.style('dim', `confidence ${item.confidence}, fingerprint ${item.fingerprint}`)}`,
    )
  }
}
