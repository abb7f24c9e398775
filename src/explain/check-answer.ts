/** What a model answers, held against the evidence: whatever is not in there is refused, and the rules' text stands. Pure. */
import { z } from 'zod'
import { decodeJson } from '../domain/json.ts'
import type { Evidence } from './build-evidence.ts'
import { findStrangeNumber } from './check-numbers.ts'

const MOST_WORDS = 120
const MAX_TEXT = 2_000

const line = z.string().min(1).max(MAX_TEXT)
const answer = z.strictObject({
  summary: line,
  hypotheses: z
    .array(
      z.strictObject({
        cause: line,
        because: z.array(z.string().max(64)).min(1).max(40),
        confidence: z.number().min(0).max(1),
      }),
    )
    .max(5),
  next_checks: z.array(line).max(5),
})
export type ModelAnswer = z.output<typeof answer>

type Rule = {
  readonly why: string
  readonly breaks: (text: string, known: string, proposes: Evidence['proposes']) => boolean
}

const SETTINGS = /\b(?:memory_mb|cpu_percent|max_processes|disk_mb)\b/gi
const MORE = 'rais|increas|extend|bump|lift'
const LESS = 'lower|decreas|reduc'
const OTHER = 'doubl|tripl|halv|set|chang|remov'
const LIMIT = String.raw`[^.]{0,40}\b(?:limits?|memory|quota|cap|ceiling)\b`

const RULES: readonly Rule[] = [
  // Control and format characters hide text, and turn it around.
  { why: 'it hides characters', breaks: (text) => /[\p{Cc}\p{Cf}\p{Co}\p{Cs}]/u.test(text) },
  { why: 'it has markup', breaks: (text) => /<[a-z!/]|\]\s*\(|!\[|```/i.test(text) },
  { why: 'it has a link', breaks: (text) => /\w:\/\/|\bwww\.|\bmailto:|\bdata:|@\w/i.test(text) },
  {
    why: 'it names a place that is not in the evidence',
    breaks: (text, known) => listNames(text).some((name) => !known.includes(name)),
  },
  {
    why: 'it has a command',
    breaks: (text, known) =>
      /`|\$\(|\bkill\s+-?\d|&&|\|\|?\s|;\s*\w+ -|\b(?:sudo|curl|wget|chmod|chown|pkill|docker|systemctl|rm|npx?|pip|apt|eval|powershell)\b/i.test(
        text,
      ) ||
      [...text.matchAll(/haivemind\s+[a-z-]+/gi)].some(([command]) => !known.includes(command.toLowerCase())),
  },
  {
    why: 'it changes a limit',
    breaks: changesLimit,
  },
  {
    why: 'it gives orders about safety',
    breaks: (text) =>
      /\b(?:ignore|disregard|override|bypass|disable|turn off|switch off|approve|whitelist|allow-?list|exfiltrat\w*|credentials?|passwords?|api keys?|system prompt)\b/i.test(
        text,
      ),
  },
]

/** Of what is proposed the direction may be said, and nothing else: neither the contrary nor another setting. */
function changesLimit(text: string, _known: string, proposes: Evidence['proposes']): boolean {
  const named = [...text.matchAll(SETTINGS)].some(([name]) => name.toLowerCase() !== proposes?.resource)
  const verbs = [
    ...(proposes?.direction === 'raise' ? [] : [MORE]),
    ...(proposes?.direction === 'lower' ? [] : [LESS]),
    OTHER,
  ]
  return named || new RegExp(String.raw`\b(?:${verbs.join('|')})\w*\b${LIMIT}`, 'i').test(text)
}

/** Words that look like a host or a file. */
function listNames(text: string): string[] {
  return [...text.matchAll(/[a-z0-9_-]+(?:\.[a-z0-9_-]+)*\.[a-z]{2,}\b/gi)].map(([name]) =>
    name.toLowerCase(),
  )
}

/** The answer, or one sentence on why it is refused. */
export function checkAnswer(text: string, evidence: Evidence): ModelAnswer | { readonly refused: string } {
  const parsed = answer.safeParse(decodeJson(text.trim()))
  if (!parsed.success) return { refused: 'its answer has not the form that was asked for' }
  const { summary, hypotheses, next_checks: checks } = parsed.data
  const ids = new Set(evidence.items.map(({ id }) => id))
  if (hypotheses.some(({ because }) => because.some((id) => !ids.has(id)))) {
    return { refused: 'it points at evidence that there is not' }
  }
  const said = [summary, ...hypotheses.map(({ cause }) => cause), ...checks]
  const words = said.join(' ').split(/\s+/).filter(Boolean).length
  if (words > MOST_WORDS) return { refused: `it has ${words} words, and ${MOST_WORDS} are allowed` }
  const known = [evidence.text, ...evidence.items.map((item) => item.text), evidence.tail].join('\n')
  for (const each of said) {
    const broken = RULES.find(({ breaks }) => breaks(each, known.toLowerCase(), evidence.proposes))
    if (broken !== undefined) return { refused: broken.why }
    const strange = findStrangeNumber(each, known)
    if (strange !== null) return { refused: `it says ${strange.slice(0, 40)}, which is not in the evidence` }
  }
  return parsed.data
}
