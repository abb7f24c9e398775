import { describe, expect, it } from 'vitest'
import { buildRedactor, type Redactor } from './redaction.ts'
import { Secret } from './secret.ts'
import { maskTokens } from './token-patterns.ts'

function build(value: string | Uint8Array): Redactor {
  const redactor = buildRedactor([{ name: 'KEY', value: new Secret(value) }])
  if (redactor === null) throw new Error('no redactor')
  return redactor
}

const VALUE = 'pa$$ "wörd"/+x\\1'

describe('text', () => {
  it.each([
    ['plain', VALUE],
    ['JSON', JSON.stringify(VALUE).slice(1, -1)],
    ['JSON in JSON', JSON.stringify(JSON.stringify(VALUE).slice(1, -1)).slice(1, -1)],
    ['ASCII JSON', 'pa$$ \\"w\\u00f6rd\\"/+x\\\\1'],
    ['JSON of PHP', 'pa$$ \\"wörd\\"\\/+x\\\\1'],
    ['encodeURIComponent', encodeURIComponent(VALUE)],
    ['small percent digits', encodeURIComponent(VALUE).replace(/%../g, (code) => code.toLowerCase())],
    ['a form', new URLSearchParams({ v: VALUE }).toString().slice(2)],
    ['Python quote', encodeURIComponent(VALUE).replaceAll('%2F', '/')],
    ['hex', Buffer.from(VALUE).toString('hex')],
    ['HEX', Buffer.from(VALUE).toString('hex').toUpperCase()],
    ['base64', Buffer.from(VALUE).toString('base64')],
    ['base64url', Buffer.from(VALUE).toString('base64url')],
  ])('masks it written as %s', (_, form) => {
    expect(build(VALUE).text(`see ${form} here`)).toBe('see [secret:KEY] here')
  })

  it.each(['', 'a', 'ab', 'abc', 'abcd'])('finds it in base64 behind "%s"', (before) => {
    const shown = build('s3cr3t-value').text(Buffer.from(`${before}s3cr3t-value:rest`).toString('base64'))
    expect(shown).toContain('[secret:KEY]')
    // Not even the bits at its edges.
    const left = shown.split('[secret:KEY]').map((part) => Buffer.from(part, 'base64').toString('latin1'))
    expect(left.join('')).not.toMatch(/s3|ue/)
  })

  it('finds base64 that is broken into lines', () => {
    const value = 'x'.repeat(30) + 'Secret-With-A-Long-Value-That-Needs-More-Than-One-Line-Of-Base64'
    const wrapped = Buffer.from(`${value}\n`).toString('base64').replace(/.{76}/g, '$&\n').split('\n')
    expect(wrapped).toHaveLength(2)
    expect(wrapped.map((line) => build(value).text(line))).toEqual(['[secret:KEY]', '[secret:KEY]'])
  })

  it('finds each line of a key, but not its armour', () => {
    const value = '-----BEGIN KEY-----\nMIIEvQIBADANBg\nkqhkiG9w0BAQEF\n-----END KEY-----\n'
    expect(build(value).text('kqhkiG9w0BAQEF')).toBe('[secret:KEY]')
    expect(build(value).text('-----BEGIN KEY-----')).toBe('-----BEGIN KEY-----')
    expect(build(value).text(`key:\n${value}end`)).toBe('key:\n[secret:KEY]end')
  })

  it('masks bytes that are no text in hex and base64', () => {
    const bytes = Uint8Array.from([0, 255, 128, 7, 200, 201, 202])
    expect(build(bytes).text(Buffer.from(bytes).toString('hex'))).toBe('[secret:KEY]')
    expect(build(bytes).text(Buffer.from(bytes).toString('base64'))).toBe('[secret:KEY]')
  })

  it('masks the longer of two secrets whole', () => {
    const redactor = buildRedactor([
      { name: 'A', value: new Secret('abcdef') },
      { name: 'B', value: new Secret('abcdefghijkl') },
    ])
    expect(redactor?.text('abcdefghijkl abcdef')).toBe('[secret:B] [secret:A]')
  })

  it('masks what a cut left of it, at that edge alone', () => {
    const redactor = build('s3cr3t-value')
    expect(redactor.text('it is s3cr3t-v', { end: true })).toBe('it is [secret:KEY]')
    expect(redactor.text('it is s3cr3t-v')).toBe('it is s3cr3t-v')
    expect(redactor.text('t-value, it was', { start: true })).toBe('[secret:KEY], it was')
    expect(redactor.text('alue', { start: true })).toBe('[secret:KEY]')
    expect(redactor.text('lue s3c', { start: true, end: true })).toBe('lue s3c')
    expect(redactor.text('', { start: true, end: true })).toBe('')
  })
})

describe('a text made to be slow', () => {
  // Without a bound each takes minutes; the runner's own deadline is the guard.
  it.each([
    ['nearly the secret everywhere', `${'a'.repeat(60_000)}b`, 'a'.repeat(2 ** 22)],
    ['the secret from behind', `b${'a'.repeat(60_000)}`, 'a'.repeat(2 ** 22)],
  ])('%s ends all the same', (_, value, text) => {
    expect(build(value).text(text)).not.toContain(value)
  })

  it('is masked whole where many secrets begin alike', () => {
    const redactor = buildRedactor(
      Array.from({ length: 64 }, (_, index) => ({
        name: `S${index}`,
        value: new Secret(`value-${index}-x`),
      })),
    )
    expect(redactor?.text('value-'.repeat(600_000))).toMatch(/^\[secret:S\d+\]$/)
    expect(redactor?.text('value-7-x, value-70-x')).toBe('[secret:S7], value-70-x')
  })
})

describe('json', () => {
  const redactor = build('s3cr3t-value')

  it('masks keys and values at any depth', () => {
    expect(redactor.json({ a: ['x s3cr3t-value'], 's3cr3t-value': { b: 's3cr3t-value' } })).toEqual({
      a: ['x [secret:KEY]'],
      '[secret:KEY]': { b: '[secret:KEY]' },
    })
  })

  it('gives the same value back where there is nothing to mask', () => {
    const value = { a: [1, null, true, { b: 'c' }] }
    expect(redactor.json(value)).toBe(value)
  })

  it('masks a number that is the secret', () => {
    expect(build('12345678').json({ pin: 12345678, other: 1234567 })).toEqual({
      pin: '[secret:KEY]',
      other: 1234567,
    })
  })

  it('sets no prototype', () => {
    const value = JSON.parse('{"__proto__":{"x":"s3cr3t-value"}}') as { readonly x?: string }
    const masked = redactor.json(value as never) as { readonly x?: string }
    expect(masked.x).toBeUndefined()
    expect(JSON.stringify(masked)).toBe('{"__proto__":{"x":"[secret:KEY]"}}')
  })
})

it('needs something to keep out', () => {
  expect(buildRedactor([])).toBeNull()
})

describe('tokens known by their form', () => {
  it.each([
    'AKIAIOSFODNN7EXAMPLE',
    `ghp_${'a1B2'.repeat(9)}`,
    `github_pat_${'a1B2_'.repeat(6)}`,
    'xoxb-123456789012-abcdefABCDEF',
    `sk-proj-${'a1B2'.repeat(8)}`,
    `AIza${'a1B2_'.repeat(7)}`,
    `hvm_01K9ABCDEF_${'a1B2'.repeat(12)}c`,
    'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJlMTIz',
    '-----BEGIN PRIVATE KEY-----\nMIIEvQ\n-----END PRIVATE KEY-----',
  ])('%s', (token) => {
    expect(maskTokens(`see ${token} here`)).toBe('see [token masked] here')
  })

  it('masks what follows Bearer, and passwords in addresses', () => {
    expect(maskTokens('authorization: Bearer abcdefghijklmnop1234')).toBe(
      'authorization: Bearer [token masked]',
    )
    expect(maskTokens('postgres://app:hunter22@db:5432/x')).toBe('postgres://app:[token masked]@db:5432/x')
  })

  it.each(['a task-list of https://example.org:8080/x', 'sk-learn', 'AKIA is a prefix', 'eyJ'])(
    'leaves "%s"',
    (text) => {
      expect(maskTokens(text)).toBe(text)
    },
  )
})
