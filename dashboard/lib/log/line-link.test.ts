import { describe, expect, it } from 'vitest'
import { parseLineLink, renderLineLink } from './line-link.ts'

describe('line links', () => {
  it.each(['12', '12-20', 'weather:12', 'weather:12-20'])('%s is read back as it was written', (text) => {
    expect(renderLineLink(parseLineLink(text)!)).toBe(text)
  })

  it('stand in order, however they were picked', () => {
    expect(renderLineLink({ server: null, from: 20, to: 12 })).toBe('12-20')
  })

  it.each(['', 'x', '-1', '1-', '1e3', 'A:1', '../x:1', '9'.repeat(16)])('%s is none', (text) => {
    expect(parseLineLink(text)).toBeNull()
  })
})
