/**
 * Keeps a server's secrets out of what is stored or shown of it. Exact: it finds a secret and its usual encodings
 * (secret-forms.ts), not what a server hides on purpose; a server that wants to give its secret away can.
 */
import { isJsonObject, type Json, type JsonObject } from './json.ts'
import { buildMask, type MarkedForm } from './mask-forms.ts'
import { listForms } from './secret-forms.ts'
import type { Secret } from './secret.ts'

/** Where a text was cut, so that a secret may stand there in part. */
export type Cut = { readonly start?: boolean; readonly end?: boolean }

export interface Redactor {
  text(text: string, cut?: Cut): string
  /** Keys and values, at any depth; the very same value where nothing had to be masked. */
  json<T extends Json>(value: T): T
}

/** A part of a secret at a cut that is shorter than this shows too little to be worth a false mark. */
const MIN_PART = 4

/** Null when there is nothing to keep out. */
export function buildRedactor(
  secrets: readonly { readonly name: string; readonly value: Secret }[],
): Redactor | null {
  // The longest first: what holds another form is masked whole.
  const forms = secrets
    .flatMap(({ name, value }) =>
      listForms(value.revealBytes()).map((form): MarkedForm => ({ ...form, mark: `[secret:${name}]` })),
    )
    .sort((a, b) => b.text.length - a.text.length)
  if (forms.length === 0) return null
  const numbers = new Map(
    forms.filter(({ text }) => /^-?\d+(?:\.\d+)?$/.test(text)).map(({ text, mark }) => [text, mark]),
  )

  const mask = buildMask(forms)
  const redact = (text: string, cut: Cut = {}): string => {
    const whole = mask(text)
    const shown = cut.end === true ? maskEnd(whole, forms) : whole
    return cut.start === true ? maskStart(shown, forms) : shown
  }
  const walk = (value: Json): Json => {
    if (typeof value === 'string') return redact(value)
    if (typeof value === 'number') return numbers.size === 0 ? value : (numbers.get(String(value)) ?? value)
    if (isJsonObject(value)) return walkObject(value)
    return Array.isArray(value) ? walkArray(value) : value
  }
  const walkArray = (list: readonly Json[]): readonly Json[] => {
    const walked = list.map(walk)
    return walked.every((item, index) => item === list[index]) ? list : walked
  }
  const walkObject = (object: JsonObject): JsonObject => {
    let isSame = true
    const entries = Object.entries(object).map(([key, value]): [string, Json] => {
      const entry: [string, Json] = [redact(key), walk(value)]
      isSame &&= entry[0] === key && entry[1] === value
      return entry
    })
    // fromEntries defines properties: a key __proto__ stays a key.
    return isSame ? object : Object.fromEntries(entries)
  }
  return { text: redact, json: (value) => walk(value) as typeof value }
}

/** The beginning of a form at the end of a text that was cut there. */
function maskEnd(text: string, forms: readonly MarkedForm[]): string {
  for (const { text: form, mark } of forms) {
    const head = form.slice(0, MIN_PART)
    const first = Math.max(0, text.length - form.length + 1)
    for (let at = text.indexOf(head, first); at !== -1; at = text.indexOf(head, at + 1)) {
      if (form.startsWith(text.slice(at))) return text.slice(0, at) + mark
    }
  }
  return text
}

/** The end of a form at the beginning of a text that was cut there. */
function maskStart(text: string, forms: readonly MarkedForm[]): string {
  for (const { text: form, mark } of forms) {
    const tail = form.slice(-MIN_PART)
    const last = form.length - 1
    for (
      let end = text.lastIndexOf(tail, last - MIN_PART) + MIN_PART;
      end >= MIN_PART;
      end = end === MIN_PART ? 0 : text.lastIndexOf(tail, end - MIN_PART - 1) + MIN_PART
    ) {
      if (form.endsWith(text.slice(0, end))) return mark + text.slice(end)
    }
  }
  return text
}
