/**
 * Finds many texts in one pass: the time depends on what is read, not on how many secrets a server has. It runs on the
 * way of a hosted server's answers, so a server must not be able to make it slow.
 */
import type { SecretForm } from './secret-forms.ts'

export type MarkedForm = SecretForm & { readonly mark: string }

/** All forms are at least this long. */
const PREFIX = 6
const SLOTS = 2 ** 16
/** Steps and characters compared, beyond which a text is masked whole: only one made for it comes there. */
const BUDGET = 2 ** 20
const BUDGET_PER_CHARACTER = 4

/** @param forms the longest first; each at least 6 characters long */
export function buildMask(forms: readonly MarkedForm[]): (text: string) => string {
  const gate = new Uint8Array(SLOTS)
  const byPrefix = new Map<string, MarkedForm[]>()
  for (const form of forms) {
    const prefix = form.text.slice(0, PREFIX)
    gate[slotOf(prefix, 0)] = 1
    byPrefix.set(prefix, [...(byPrefix.get(prefix) ?? []), form])
  }
  return (text) => {
    let shown = ''
    let told = 0
    let budget = BUDGET + text.length * BUDGET_PER_CHARACTER
    const last = text.length - PREFIX
    for (let at = 0; at <= last; at++) {
      if (gate[slotOf(text, at)] === 0) continue
      for (const form of byPrefix.get(text.slice(at, at + PREFIX)) ?? []) {
        if (--budget < 0) return form.mark
        const end = at + form.text.length
        if (end > text.length || !endsAlike(text, end, form.text)) continue
        budget -= form.text.length
        if (!text.startsWith(form.text, at)) continue
        const from = form.loose && at > told && isBase64(text, at - 1) ? at - 1 : at
        const to = form.loose ? skipEdge(text, end) : end
        shown += text.slice(told, from) + form.mark
        told = to
        at = to - 1
        break
      }
    }
    return told === 0 ? text : shown + text.slice(told)
  }
}

function slotOf(text: string, at: number): number {
  return (
    (text.charCodeAt(at) ^
      (text.charCodeAt(at + 1) << 4) ^
      (text.charCodeAt(at + 2) << 8) ^
      (text.charCodeAt(at + 3) << 11)) &
    (SLOTS - 1)
  )
}

/** A look at the end, before the whole is compared. */
function endsAlike(text: string, end: number, form: string): boolean {
  return (
    text.charCodeAt(end - 1) === form.charCodeAt(form.length - 1) &&
    text.charCodeAt(end - 2) === form.charCodeAt(form.length - 2)
  )
}

/** The character after a part of base64 may carry bits of it; then comes the padding. */
function skipEdge(text: string, end: number): number {
  let to = isBase64(text, end) ? end + 1 : end
  for (let padding = 0; padding < 2 && text[to] === '='; padding++) to++
  return to
}

function isBase64(text: string, at: number): boolean {
  return at < text.length && /[\w+/-]/.test(text.charAt(at))
}
