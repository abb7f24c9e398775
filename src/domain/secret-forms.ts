/** The forms in which a secret comes to light when nobody means to hide it: as it is, and as the usual encoders write it. */
import { decodeUtf8 } from './secret-declaration.ts'

/** `loose`: base64, whose first and last character may carry bits of the secret and of its neighbours. */
export type SecretForm = { readonly text: string; readonly loose: boolean }

/** Shorter ones occur by chance. */
const MIN_FORM = 6
/** Of one line of a longer secret. */
const MIN_LINE = 8
/** Columns at which base64 and openssl break their lines. */
const WRAPS = [76, 64]

export function listForms(bytes: Uint8Array): readonly SecretForm[] {
  const buffer = Buffer.from(bytes)
  const text = decodeUtf8(buffer)
  const exact = [
    ...(text === null ? [] : listTextForms(text)),
    buffer.toString('hex'),
    buffer.toString('hex').toUpperCase(),
  ]
  const loose = [...listBase64(buffer), ...listWrappedBase64(buffer)]
  const known = new Set<string>()
  return [
    ...exact.map((form) => ({ text: form, loose: false })),
    ...loose.map((form) => ({ text: form, loose: true })),
  ].filter((form) => {
    if (form.text.length < MIN_FORM || known.has(form.text)) return false
    known.add(form.text)
    return true
  })
}

function listTextForms(value: string): readonly string[] {
  const whole = value.trim()
  const forms = [value, whole].flatMap((text) => {
    const json = escapeJson(text)
    const ascii = json.replace(
      /[^\x00-\x7f]/g,
      (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
    )
    return [text, json, ascii, json.replaceAll('/', '\\/'), escapeJson(json), ...listUrlForms(text)]
  })
  return whole.includes('\n') ? [...forms, ...listLines(whole)] : forms
}

function escapeJson(text: string): string {
  return JSON.stringify(text).slice(1, -1)
}

/** encodeURIComponent, encodeURI, Python's quote and quote_plus, HTML forms; each with either case of the digits. */
function listUrlForms(text: string): readonly string[] {
  // A lone surrogate cannot be written in a URL.
  if (!text.isWellFormed()) return []
  const component = encodeURIComponent(text)
  const strict = component.replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
  const all = [component, strict].flatMap((form) => [form, form.replaceAll('%2F', '/')])
  const plus = all.map((form) => form.replaceAll('%20', '+'))
  const form = new URLSearchParams([['', text]]).toString().slice(1)
  return [...all, ...plus, encodeURI(text), form].flatMap((each) => [
    each,
    each.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase()),
  ])
}

/** A log has one line a record. The armour around a key is nobody's secret. */
function listLines(text: string): readonly string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line.length >= MIN_LINE && !/^-----(?:BEGIN|END) /.test(line))
}

/** In either alphabet and each of the three places where the secret may begin among other bytes. */
function listBase64(bytes: Buffer): readonly string[] {
  return [0, 1, 2].flatMap((before) => {
    const padded = Buffer.concat([Buffer.alloc(before), bytes])
    // Characters that hold no bit of a neighbour: 6 bits each, 8 a byte.
    const from = Math.ceil((before * 8) / 6)
    const to = Math.floor((padded.length * 8) / 6)
    return [padded.toString('base64').slice(from, to), padded.toString('base64url').slice(from, to)]
  })
}

function listWrappedBase64(bytes: Buffer): readonly string[] {
  return [bytes, Buffer.concat([bytes, Buffer.from('\n')])].flatMap((each) => {
    const text = each.toString('base64').replace(/=+$/, '')
    return WRAPS.flatMap((width) => {
      if (text.length <= width) return []
      const lines = Array.from({ length: Math.ceil(text.length / width) }, (_, index) =>
        text.slice(index * width, (index + 1) * width),
      )
      return lines.filter((line) => line.length >= MIN_LINE)
    })
  })
}
