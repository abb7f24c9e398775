/** What a version did in its dry run: started once with bait in place of everything worth stealing. Pure. */
import type { Definition } from './definition.ts'
import { buildFingerprint, type Finding } from './finding.ts'

/** Where bait turned up. `sent`: asked for over the network. `said`: in what it tells clients. */
export type LeakWay = 'sent' | 'said' | 'logged' | 'kept'

export type DryRunReport = {
  /** `answered`: the handshake, and its lists. `not_run`: this host cannot watch it. */
  readonly outcome: 'answered' | 'refused' | 'exited' | 'silent' | 'not_run'
  /** Why it did not get further; null when it answered. */
  readonly detail: string | null
  readonly seconds: number
  /** `host:port`, as they were asked for; nothing was reached. */
  readonly places: readonly string[]
  readonly leaks: readonly {
    /** For example `GITHUB_TOKEN`, `~/.ssh/id_rsa`. */
    readonly bait: string
    /** It stands for a secret that the server declares: its own to use, though not to show. */
    readonly given: boolean
    readonly way: LeakWay
    /** The place, file or definition. */
    readonly where: string
  }[]
  /** Files that were opened, for example `~/.ssh/id_rsa`; null where this host does not tell. */
  readonly read: readonly string[] | null
  /** Command lines of what it started besides itself. */
  readonly programs: readonly string[]
  readonly definitions: readonly Definition[]
}

type Rule = Pick<Finding, 'ruleId' | 'severity' | 'confidence' | 'reason' | 'fix' | 'cwe'>

const LEAKS: Readonly<Record<LeakWay, Rule>> = {
  sent: {
    ruleId: 'dry_run.bait_sent',
    severity: 'critical',
    confidence: 'high',
    reason: 'When it started, it sent a credential that it was not given to a place on the network.',
    fix: 'Do not run it. The credential was bait, and nothing left the sandbox.',
    cwe: 'CWE-506',
  },
  said: {
    ruleId: 'dry_run.bait_said',
    severity: 'critical',
    confidence: 'high',
    reason: 'It put a credential that it was not given into what it tells its clients.',
    fix: 'Do not run it. The credential was bait.',
    cwe: 'CWE-506',
  },
  logged: {
    ruleId: 'dry_run.bait_logged',
    severity: 'medium',
    confidence: 'high',
    reason: 'It wrote a credential of its environment to its log.',
    fix: 'Let it log names of variables, not their values.',
    cwe: 'CWE-532',
  },
  kept: {
    ruleId: 'dry_run.bait_kept',
    severity: 'medium',
    confidence: 'medium',
    reason: 'It copied a credential into a file of its own.',
    fix: 'Read why it keeps one.',
    cwe: 'CWE-312',
  },
}

const SENT_OWN: Rule = {
  ruleId: 'dry_run.secret_sent',
  severity: 'medium',
  confidence: 'high',
  reason: 'When it started, it sent a secret of its own over an open line.',
  fix: 'Check that the place is the one that the secret is for, and use https.',
  cwe: 'CWE-319',
}

/** Clients of the cloud and of npm look at theirs by themselves when they start; nobody's library looks at these. */
const READ_BY_LIBRARIES: ReadonlySet<string> = new Set(['~/.aws/credentials', '~/.npmrc'])

export function buildDryRunFindings(report: DryRunReport): readonly Finding[] {
  return [
    ...report.leaks.map(({ bait, given, way, where }) =>
      buildFinding(given && way === 'sent' ? SENT_OWN : LEAKS[way], `${bait} in ${where}`),
    ),
    ...(report.read ?? []).map((file) => buildFinding(buildReadRule(file, report.places.length > 0), file)),
    ...(report.places.length === 0
      ? []
      : [
          buildFinding(
            {
              ruleId: 'dry_run.network',
              severity: 'info',
              confidence: 'high',
              reason: `When it started, it asked for ${report.places.length === 1 ? 'a place' : 'places'} on the network; none was reached.`,
              fix: `What of it the server needs goes into its settings: "egress": ${JSON.stringify(report.places)}.`,
              cwe: null,
            },
            report.places.join(', '),
          ),
        ]),
    ...(report.outcome === 'answered'
      ? []
      : [
          buildFinding(
            {
              ruleId: 'dry_run.incomplete',
              severity: 'info',
              confidence: 'high',
              reason:
                report.outcome === 'not_run'
                  ? 'This host cannot start a server with bait and watch it.'
                  : 'It did not get far enough to be watched: it may need a secret or the network to start.',
              fix: 'What it says of itself is looked at when it runs for the first time.',
              cwe: null,
            },
            report.detail ?? report.outcome,
          ),
        ]),
  ]
}

function buildReadRule(file: string, asksForNetwork: boolean): Rule {
  return {
    ruleId: 'dry_run.bait_read',
    severity: READ_BY_LIBRARIES.has(file) && !asksForNetwork ? 'low' : 'high',
    confidence: READ_BY_LIBRARIES.has(file) ? 'low' : 'medium',
    reason: 'When it started, it read a file of credentials that is no business of a server.',
    fix: 'Read what it does with it. The file was bait.',
    cwe: 'CWE-522',
  }
}

function buildFinding(rule: Rule, evidence: string): Finding {
  return {
    ...rule,
    layer: 'dry_run',
    file: null,
    line: null,
    excerpt: evidence.slice(0, 240),
    fingerprint: buildFingerprint({ ruleId: rule.ruleId, file: null, evidence }),
  }
}
