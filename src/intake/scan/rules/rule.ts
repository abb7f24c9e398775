/** A rule reads the facts of one source file and says what it sees. One file a rule; rules/all.ts lists them. */
import type { Confidence, Severity } from '../../../domain/finding.ts'
import type { Fact, SourceFacts } from '../code/facts.ts'
import { deepHas, type Value } from '../code/value.ts'

export type Match = {
  readonly severity: Severity
  readonly confidence: Confidence
  /** Index into the text. */
  readonly at: number
  /** Instead of the rule's own. */
  readonly reason?: string
}

export type CodeRule = {
  readonly id: string
  readonly reason: string
  readonly fix: string
  readonly cwe: string
  check(source: SourceFacts): Match[]
}

export const CERTAIN = { severity: 'critical', confidence: 'high' } as const
export const LIKELY = { severity: 'critical', confidence: 'medium' } as const
export const SUSPICIOUS = { severity: 'high', confidence: 'high' } as const
export const DOUBTFUL = { severity: 'high', confidence: 'medium' } as const
export const NOTED = { severity: 'medium', confidence: 'medium' } as const

export function factsOf(source: SourceFacts, ...roles: readonly Fact['role'][]): Fact[] {
  return source.facts.filter(({ role }) => roles.includes(role))
}

/** All values of a call, those by name included. */
export function valuesOf({ args, named }: Fact): Value[] {
  return [...args, ...named.values()]
}

/** The text of a call's values, as far as it is known. */
export function textOf(fact: Fact): string {
  return valuesOf(fact)
    .map((value) => describe(value, 0))
    .join(' ')
}

function describe(value: Value, depth: number): string {
  if (depth > 3) return ''
  if (value.text !== null) return value.text
  const inner = [...(value.items ?? []), ...(value.fields?.values() ?? [])]
  return inner.map((item) => describe(item, depth + 1)).join(' ')
}

const SENDING_PROGRAM =
  /(?:^|[\s/;&|'"])(?:curl|wget|nc|ncat|netcat|socat|dig|nslookup|host|mail|sendmail|ssh|scp|rsync|ftp|telnet|aria2c|rclone|gsutil|s3cmd|croc|https?)\s/

/** Programs that send, started with something of this origin on their command line; options such as `env` are none of it. */
export function listHandedOn(source: SourceFacts, origin: number): Fact[] {
  return factsOf(source, 'spawn', 'shell').filter(
    (fact) =>
      fact.args.some((value) => value.fields === null && deepHas(value, origin)) &&
      SENDING_PROGRAM.test(`${textOf({ ...fact, named: new Map() })} `),
  )
}
