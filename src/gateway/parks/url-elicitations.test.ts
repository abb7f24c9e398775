import { describe, expect, it } from 'vitest'
import { readUrlElicitations } from './url-elicitations.ts'

const entry = { mode: 'url', message: 'Sign in', url: 'https://a.example/', elicitationId: 'e' }
const error = (data: object, code = -32042) => ({
  code,
  message: 'URL elicitation required',
  data: { ...data },
})

describe('-32042', () => {
  it('R44: is one url-mode elicitation for each entry, without its id', () => {
    const found = readUrlElicitations(
      error({ elicitations: [entry, { ...entry, message: 'Pay' }, { url: 1 }] }),
    )
    const asked = (message: string) => ({
      method: 'elicitation/create',
      params: { mode: 'url', message, url: 'https://a.example/' },
    })
    expect([...(found ?? [])]).toEqual([
      ['req_1', asked('Sign in')],
      ['req_2', asked('Pay')],
    ])
  })

  it('is nothing to ask when it names no URL, nor is any other error', () => {
    expect(readUrlElicitations(error({ elicitations: [] }))).toBeNull()
    expect(readUrlElicitations(error({ elicitations: [{ ...entry, url: 'no url' }] }))).toBeNull()
    expect(readUrlElicitations(error({}))).toBeNull()
    expect(readUrlElicitations({ code: -32042, message: 'a' })).toBeNull()
    expect(readUrlElicitations(error({ elicitations: [entry] }, -32602))).toBeNull()
  })
})
