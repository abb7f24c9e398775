/** L2: credentials that were packed by accident. */
import type { ScannedFile } from '../scanned-file.ts'
import type { RawFinding } from '../raw-finding.ts'
import { findSecrets, maskSecret } from './secret-patterns.ts'

/** Keys there are made up; a real one would be found by whoever it belongs to, so it is said quietly. */
const TESTS =
  /(?:^|\/)(?:tests?|__tests__|spec|fixtures?|examples?|samples?|mocks?|testdata)\/|[._-](?:test|spec)\.\w+$|\.(?:example|sample|template|dist)$/i
/** Hashes all over; nobody writes a key into them. */
const LOCKS =
  /(?:^|\/)(?:package-lock\.json|yarn\.lock|pnpm-lock\.yaml|uv\.lock|poetry\.lock|Cargo\.lock|go\.sum)$/

export function scanSecrets({ path, text, lineAt }: ScannedFile): RawFinding[] {
  if (text === null || LOCKS.test(path)) return []
  const isTest = TESTS.test(path)
  return findSecrets(text).map(({ ruleId, what, severity, confidence, secret, index }) => ({
    ruleId,
    severity: isTest ? 'low' : severity,
    confidence,
    file: path,
    line: lineAt(index),
    reason: `${what} is in the archive: whoever can read the archive can use it.`,
    fix: 'Take it out, make it invalid where it came from, and give it to the server as a secret.',
    cwe: 'CWE-798',
    evidence: secret,
    shown: maskSecret(secret),
  }))
}
