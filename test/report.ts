/**
 * The closing lines of script/test: what was skipped and what failed, by name, then `N passed, N failed, N skipped`.
 * Arguments: check=passed|failed …, `--`, vitest's JSON reports. A report that is missing, or that a suite could not
 * even be read for, is a failure: nothing passes silently.
 */
import { readFileSync } from 'node:fs'
import { relative } from 'node:path'

type Assertion = { readonly status: string; readonly fullName: string; readonly failureMessages?: string[] }
type Suite = {
  readonly name: string
  readonly status: string
  readonly message?: string
  readonly assertionResults: readonly Assertion[]
}
type Report = { readonly success: boolean; readonly testResults: readonly Suite[] }

const words = process.argv.slice(2)
const divider = words.indexOf('--')
const passed: string[] = []
const failed: string[] = []
const skipped: string[] = []

for (const word of words.slice(0, divider)) {
  const [name = '', status] = word.split('=')
  ;(status === 'passed' ? passed : failed).push(name)
}

for (const file of words.slice(divider + 1)) readReport(file)

for (const name of skipped) console.log(`skipped: ${name}`)
for (const name of failed) console.log(`FAILED: ${name}`)
console.log(`${passed.length} passed, ${failed.length} failed, ${skipped.length} skipped`)
process.exitCode = failed.length === 0 ? 0 : 1

function readReport(file: string): void {
  let report: Report
  try {
    report = JSON.parse(readFileSync(file, 'utf8')) as Report
  } catch (error) {
    failed.push(`${file}: no report (${(error as Error).message})`)
    return
  }
  const before = failed.length
  for (const suite of report.testResults) readSuite(suite)
  // An error outside of any test (an unhandled rejection, say) shows in `success` only.
  if (!report.success && failed.length === before) failed.push(`${file}: an error outside of the tests`)
}

function readSuite(suite: Suite): void {
  const path = relative(process.cwd(), suite.name)
  for (const { status, fullName } of suite.assertionResults) {
    const name = `${path}: ${fullName}`
    if (status === 'passed') passed.push(name)
    else if (status === 'failed') failed.push(name)
    else skipped.push(name)
  }
  if (suite.status === 'failed' && !suite.assertionResults.some((test) => test.status === 'failed')) {
    failed.push(`${path}: ${suite.message?.split('\n')[0] ?? 'could not be run'}`)
  }
}
