/** Words that orders to a model are made of. */
import type { Confidence, Severity } from '../../../../domain/finding.ts'

export type Order = {
  readonly ruleId: string
  readonly severity: Severity
  readonly confidence: Confidence
  /** Of flattened text: lower case, one space between words. Bounded, so that no text makes them slow. */
  readonly patterns: readonly RegExp[]
  readonly reason: string
}

export const PERSON =
  '(?:users?|humans?|persons?|people|customers?|clients?|operators?|anyone|anybody|them|him or her)'
export const TELL =
  '(?:tell|mention|inform|notify|reveal|show|disclose|alert|warn|report|display|explain|expose|let on|bring (?:this|it) up|telling|mentioning|informing|notifying|revealing|showing|disclosing|alerting|reporting|displaying|explaining)'
export const NOT =
  "(?:do not|don't|dont|never|must not|mustn't|should not|shouldn't|shall not|may not|without|avoid|refrain from|no need to|not necessary to|instead of|under no circumstances)"
export const TAKE =
  '(?:read|reads|reading|open|cat|load|fetch|get|collect|gather|grab|include|attach|append|send|sends|pass|provide|supply|put|copy|paste|forward|upload|post|return|extract|dump|print|insert|embed|add|exfiltrate|transmit|share|retrieve|list|find|look up|look for|search for|encode)'
export const SECRET =
  '(?:passwords?|api[ -]?keys?|secret keys?|access keys?|private keys?|ssh keys?|credentials?|access tokens?|auth tokens?|bearer tokens?|session tokens?|session cookies?|cookies|environment variables?|env vars?|seed phrases?|secrets|oauth tokens?)'
export const SECRET_PATH =
  '(?:~?/?\\.ssh\\b|id[ _](?:rsa|ed25519|ecdsa)|\\.aws/credentials|\\.npmrc|\\.pypirc|\\.netrc|\\.git-credentials|/etc/passwd|/etc/shadow|mcp\\.json|claude[ _]desktop[ _]config|\\.cursor/|\\.kube/config|\\.docker/config|\\.gnupg|wallet\\.dat|\\.(?:ba|z)sh[ _]history|(?:^|[ /("\'])\\.env\\b|known[ _]hosts|\\.ssh/config|login\\.keychain|/proc/self/environ)'
export const WHOLE =
  '(?:full|entire|complete|whole|all(?: of)?(?: the)?|current|previous|prior|verbatim|raw|exact|your|hidden)'
export const TALK =
  '(?:conversations?|chat(?: history| log| transcript)?|dialog(?:ue)?|message history|messages so far|transcript|system prompts?|system messages?|system instructions|developer messages?|initial instructions|context window|chain of thought|hidden reasoning|prompt history)'
export const gap = (most: number) => `[^.!?\\n]{0,${most}}?`
export const build = (...parts: readonly string[]) => new RegExp(parts.join(''), 'u')
