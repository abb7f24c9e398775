import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { memoColumn } from './columns.ts'

describe('a column whose texts are remembered', () => {
  it('works out what a text says once', () => {
    const column = z.object({ place: memoColumn(z.object({ x: z.number() })).nullable() })
    const [one, other] = ['{"x":1}', '{"x":1}'].map((place) => column.parse({ place }))
    expect(one).toEqual({ place: { x: 1 } })
    expect(other?.place).toBe(one?.place)
    expect(column.parse({ place: '{"x":2}' })).toEqual({ place: { x: 2 } })
    expect(column.parse({ place: null })).toEqual({ place: null })
  })

  it('refuses what is not JSON of its shape, each time, and names the column', () => {
    const column = z.object({ place: memoColumn(z.object({ x: z.number() })) })
    for (const text of ['{"x":"1"}', '{"x":"1"}', '{']) {
      const { error } = column.safeParse({ place: text })
      expect(error?.issues.map(({ path }) => path[0])).toEqual(['place'])
    }
  })

  it('forgets what was not read for long', () => {
    const column = memoColumn(z.object({ text: z.string() }))
    const build = (n: number) => JSON.stringify({ text: String(n).padStart(1000, '0') })
    const first = column.parse(build(0))
    const used = column.parse(build(1))
    for (let n = 2; n < 3000; n++) {
      column.parse(build(n))
      column.parse(build(1))
    }
    expect(column.parse(build(1))).toBe(used)
    expect(column.parse(build(0))).not.toBe(first)
    expect(column.parse(build(0))).toEqual(first)
  })
})
