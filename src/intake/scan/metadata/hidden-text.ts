/** Text that a page, a terminal or a person does not show or does not look at, and a model reads. */
import type { Seen } from './seen.ts'
import { foldLookAlikes } from './readings.ts'
import type { Place } from './texts.ts'
import { listUnseen, type Unseen } from './unseen.ts'

const WHAT: Readonly<Record<Unseen['what'], { readonly ruleId: string; readonly words: string }>> = {
  tag: { ruleId: 'metadata.invisible', words: 'tag characters, which spell words that nobody sees' },
  bidi: { ruleId: 'metadata.bidi', words: 'characters that turn the direction of writing' },
  zero_width: { ruleId: 'metadata.invisible', words: 'characters without width' },
  control: { ruleId: 'metadata.control', words: 'control characters, which terminals obey' },
  selector: {
    ruleId: 'metadata.invisible',
    words: 'variation selectors that vary nothing and can carry data',
  },
  private: { ruleId: 'metadata.invisible', words: 'characters of private use' },
}

type Shape = Omit<Seen, 'place' | 'evidence'> & { readonly pattern: RegExp }

const SHAPES: readonly Shape[] = [
  {
    ruleId: 'metadata.comment',
    severity: 'high',
    confidence: 'medium',
    reason: 'It holds a comment, which a rendered page does not show.',
    pattern:
      /<!--[\s\S]{1,4000}?(?:-->|$)|^\s{0,3}\[[^\]\n]{0,40}\]:\s*(?:#|<>)\s*["'(][^\n]{1,400}|\{\/\*[\s\S]{1,2000}?\*\/\}/m,
  },
  {
    ruleId: 'metadata.hidden_markup',
    severity: 'high',
    confidence: 'medium',
    reason: 'It holds markup that hides text or runs in a page.',
    pattern:
      /<(?:script|iframe|object|embed|style|link|meta|svg|template|noscript)[\s>]|<[a-z]+\s[^>]{0,300}(?:display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0|opacity\s*:\s*0|color\s*:\s*(?:white|transparent|#fff)|\bhidden\b|\bon\w+\s*=)|<details>\s*<summary>\s*<\/summary>/i,
  },
  {
    ruleId: 'metadata.padding',
    severity: 'high',
    confidence: 'medium',
    reason: 'After a stretch of nothing it goes on, where people have stopped reading.',
    pattern: /\S[^\S\n]{80,}\S|\S(?:[^\S\n]*\n){12,}\s*\S/,
  },
]

export function listHidden(place: Place): readonly Seen[] {
  const { file, text, isName } = place
  const shapes = SHAPES.flatMap(({ pattern, ...shape }): Seen[] => {
    const match = pattern.exec(text)
    return match === null ? [] : [{ ...shape, place: file, evidence: match[0].slice(0, 400) }]
  })
  return [...listUnseenText(place), ...shapes, ...listCoded(place), ...listLookAlikes(file, text, isName)]
}

function listUnseenText({ file, text }: Place): readonly Seen[] {
  const characters = Array.from(text)
  const first = new Map<string, Unseen>()
  for (const unseen of listUnseen(text)) if (!first.has(unseen.what)) first.set(unseen.what, unseen)
  return [...first.values()].map(({ what, at }) => ({
    ruleId: WHAT[what].ruleId,
    severity: 'high',
    confidence: 'high',
    reason: `It holds ${WHAT[what].words}.`,
    place: file,
    evidence: characters.slice(Math.max(0, at - 20), at + 60).join(''),
  }))
}

/** Long runs in a code; whether they say something is for the readings to find. */
function listCoded({ file, text }: Place): readonly Seen[] {
  const run =
    /(?<![A-Za-z0-9+/_=:.-])(?:[A-Za-z0-9+/]{60,}={0,2}|(?:\\x[0-9a-fA-F]{2}){12,}|(?:\\u[0-9a-fA-F]{4}){8,})/.exec(
      text,
    )?.[0]
  if (run === undefined || text.startsWith('data:') || !/[A-Z]/.test(run) || !/[a-z]/.test(run)) return []
  return [
    {
      ruleId: 'metadata.encoded',
      severity: 'medium',
      confidence: 'medium',
      reason: 'It holds a long run in a code that people do not read.',
      place: file,
      evidence: run.slice(0, 120),
    },
  ]
}

/** A word of Latin letters with others among them that only look like it; styled letters that are not letters. */
function listLookAlikes(file: string, text: string, isName: boolean): readonly Seen[] {
  const mixed = text
    .match(/\p{L}[\p{L}\p{M}]{2,}/gu)
    ?.find(
      (word) =>
        /[a-z]/i.test(word) &&
        /[\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Armenian}]/u.test(word) &&
        isDisguised(word),
    )
  const styled = /[\u{1d400}-\u{1d7ff}\u{ff21}-\u{ff5a}\u{24b6}-\u{24e9}\u{1f130}-\u{1f189}]{4,}/u.exec(
    text,
  )?.[0]
  const whole =
    isName && /[^\x20-\x7e]/.test(text) && /^[\x20-\x7e]+$/.test(foldLookAlikes(text)) ? text : undefined
  const evidence = mixed ?? styled ?? whole
  if (evidence === undefined) return []
  return [
    {
      ruleId: 'metadata.look_alike',
      severity: 'high',
      confidence: 'medium',
      reason: 'It is written with letters that only look like others.',
      place: file,
      evidence,
    },
  ]
}

/** `µs`, `kΩ` and `α-helix` are none: what is left must look wholly Latin, and most of it must be. */
function isDisguised(word: string): boolean {
  return /^[a-z]+$/i.test(foldLookAlikes(word)) && (word.match(/[a-z]/gi)?.length ?? 0) >= 2
}
