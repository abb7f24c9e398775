/** What credentials look like. Published prefixes only, so that a match is one; each names its own finding. */
import type { Confidence, Severity } from '../../../domain/finding.ts'

type SecretPattern = {
  readonly ruleId: string
  readonly what: string
  /** Global; group 1, where there is one, is the secret itself. */
  readonly pattern: RegExp
  readonly severity: Severity
  readonly confidence: Confidence
}

const sure = { severity: 'high', confidence: 'high' } as const
const weak = { severity: 'medium', confidence: 'medium' } as const

/** Bounds of a token: what stands beside it is not of its alphabet. */
const token = (source: string) =>
  new RegExp(String.raw`(?<![A-Za-z0-9_/+-])(${source})(?![A-Za-z0-9_/+-])`, 'g')

const SECRET_PATTERNS: readonly SecretPattern[] = [
  {
    ruleId: 'secret.aws_access_key',
    what: 'An AWS access key id',
    pattern: token('(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}'),
    ...sure,
  },
  {
    ruleId: 'secret.aws_secret_key',
    what: 'An AWS secret access key',
    pattern: /aws_?secret_?(?:access_?)?key["']?\s*[:=]\s*["']?([A-Za-z0-9/+]{40})(?![A-Za-z0-9/+=])/gi,
    ...sure,
  },
  {
    ruleId: 'secret.github_token',
    what: 'A GitHub token',
    pattern: token('gh[pousr]_[A-Za-z0-9]{36,255}|github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59}'),
    ...sure,
  },
  {
    ruleId: 'secret.gitlab_token',
    what: 'A GitLab token',
    pattern: token('glpat-[A-Za-z0-9_-]{20,}'),
    ...sure,
  },
  {
    ruleId: 'secret.slack_token',
    what: 'A Slack token',
    pattern: token('xox[abprs]-(?:[0-9]+-)+[A-Za-z0-9-]{10,}|xapp-[0-9]-[A-Z0-9]+-[0-9]+-[a-z0-9]{20,}'),
    ...sure,
  },
  {
    ruleId: 'secret.slack_webhook',
    what: 'A Slack webhook address',
    pattern: /(https:\/\/hooks\.slack\.com\/services\/T[A-Z0-9]{8,}\/B[A-Z0-9]{8,}\/[A-Za-z0-9]{20,})/g,
    severity: 'medium',
    confidence: 'high',
  },
  {
    ruleId: 'secret.google_api_key',
    what: 'A Google API key',
    pattern: token('AIza[A-Za-z0-9_-]{35}'),
    // Many of them are public by design (maps in a page).
    severity: 'medium',
    confidence: 'high',
  },
  {
    ruleId: 'secret.google_oauth',
    what: 'A Google OAuth secret',
    pattern: token('GOCSPX-[A-Za-z0-9_-]{28}'),
    ...sure,
  },
  {
    ruleId: 'secret.stripe_key',
    what: 'A live Stripe key',
    pattern: token('[sr]k_live_[A-Za-z0-9]{20,}'),
    ...sure,
  },
  { ruleId: 'secret.npm_token', what: 'An npm token', pattern: token('npm_[A-Za-z0-9]{36}'), ...sure },
  {
    ruleId: 'secret.pypi_token',
    what: 'A PyPI token',
    pattern: token('pypi-AgEIcHlwaS5vcmc[A-Za-z0-9_-]{50,}'),
    ...sure,
  },
  {
    ruleId: 'secret.haivemind_token',
    what: 'A token of this platform',
    pattern: token('hvm_[A-Za-z0-9]{8,40}_[A-Za-z0-9]{30,60}'),
    ...sure,
  },
  {
    ruleId: 'secret.anthropic_key',
    what: 'An Anthropic key',
    pattern: token('sk-ant-(?:api|admin)[0-9]{2}-[A-Za-z0-9_-]{80,}'),
    ...sure,
  },
  {
    ruleId: 'secret.openai_key',
    what: 'An OpenAI key',
    pattern: token('sk-(?:proj-|svcacct-)?[A-Za-z0-9_-]{20,}T3BlbkFJ[A-Za-z0-9_-]{20,}'),
    ...sure,
  },
  {
    ruleId: 'secret.huggingface_token',
    what: 'A Hugging Face token',
    pattern: token('hf_[A-Za-z]{34}'),
    ...sure,
  },
  {
    ruleId: 'secret.sendgrid_key',
    what: 'A SendGrid key',
    pattern: token(String.raw`SG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}`),
    ...sure,
  },
  {
    ruleId: 'secret.telegram_bot',
    what: 'A Telegram bot token',
    pattern: token('[0-9]{8,10}:AA[A-Za-z0-9_-]{33}'),
    severity: 'high',
    confidence: 'medium',
  },
  {
    ruleId: 'secret.discord_webhook',
    what: 'A Discord webhook address',
    pattern: /(https:\/\/(?:\w+\.)?discord(?:app)?\.com\/api\/webhooks\/[0-9]{17,20}\/[A-Za-z0-9_-]{60,})/g,
    ...sure,
  },
  {
    ruleId: 'secret.private_key',
    what: 'A private key',
    pattern:
      /(-----BEGIN (?:RSA |EC |DSA |OPENSSH |ENCRYPTED |PGP )?PRIVATE KEY(?: BLOCK)?-----(?:\\n|\s|["'+,])*[A-Za-z0-9+/=\\\s]{40,})/g,
    ...sure,
  },
  {
    ruleId: 'secret.jwt',
    what: 'A signed JSON Web Token',
    pattern: token(String.raw`eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{20,}`),
    ...weak,
  },
  {
    ruleId: 'secret.password_in_url',
    what: 'A password in an address',
    pattern:
      /\b[a-z][a-z0-9+]{2,15}:\/\/[^\s:/@"'<>{}$%]{1,64}:([^\s:/@"'<>{}$%*]{6,64})@(?!localhost|127\.|db[:/]|host)[a-z0-9.-]+/g,
    severity: 'medium',
    confidence: 'low',
  },
]

const ASSIGNMENT =
  /(?:api[_-]?key|secret|token|passw(?:or)?d|credential|private[_-]?key|auth)[a-z0-9_]*["']?\s*(?::|=|=>|:=)\s*["']([A-Za-z0-9+/_=.-]{20,128})["']/gi
/** Bits a character. Words and dotted names stay below 3.7, random base64 lies above 4.2 at this length. */
const RANDOM_BITS = 3.9
const PLACEHOLDER =
  /example|sample|dummy|fake|placeholder|change[-_ ]?me|your[-_ ]|xxxx|0000000|1234567|abcdef[^0-9a-f]|test|redacted|todo|\*{3}|\.{3}|<[^>]*>|foobar|deadbeef|(.)\1{7}/i

type SecretMatch = {
  readonly ruleId: string
  readonly what: string
  readonly severity: Severity
  readonly confidence: Confidence
  readonly secret: string
  readonly index: number
}

export function findSecrets(text: string): SecretMatch[] {
  const found: SecretMatch[] = []
  for (const { pattern, ...rest } of SECRET_PATTERNS) {
    for (const match of text.matchAll(pattern)) {
      const secret = match[1] ?? match[0]
      if (!PLACEHOLDER.test(secret)) found.push({ ...rest, secret, index: match.index })
    }
  }
  for (const match of text.matchAll(ASSIGNMENT)) {
    const secret = match[1] ?? ''
    const isKnown = found.some(({ index, secret: other }) => overlaps(match, index, other.length))
    if (isKnown || PLACEHOLDER.test(match[0]) || !looksRandom(secret)) continue
    const what = 'What looks like a password or key'
    found.push({ ruleId: 'secret.random_assignment', what, ...weak, secret, index: match.index })
  }
  return found
}

function overlaps(match: RegExpExecArray, index: number, length: number): boolean {
  return index < match.index + match[0].length && match.index < index + length
}

/** Letters of both cases and digits, and no pattern in them: an identifier has words. */
function looksRandom(text: string): boolean {
  if (!/[0-9]/.test(text) || !/[A-Za-z]/.test(text)) return false
  return measureEntropy(text) >= RANDOM_BITS
}

/** Shannon entropy in bits a character. */
function measureEntropy(text: string): number {
  const counts = new Map<string, number>()
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1)
  let bits = 0
  for (const count of counts.values()) {
    const share = count / text.length
    bits -= share * Math.log2(share)
  }
  return bits
}

/** Enough to find the place by, too little to use. */
export function maskSecret(secret: string): string {
  const head = secret.startsWith('-----BEGIN')
    ? secret.slice(0, secret.indexOf('-----', 5) + 5)
    : secret.slice(0, 4)
  return `${head}… (${secret.length} characters)`
}

/** The text with every credential masked; for what is shown. */
export function maskSecrets(text: string): string {
  let masked = text
  for (const { secret } of findSecrets(text)) masked = masked.replaceAll(secret, maskSecret(secret))
  return masked
}
