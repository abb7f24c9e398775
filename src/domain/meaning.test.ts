import { describe, expect, it } from 'vitest'
import { compareVectors, packVector } from './meaning.ts'

const of = (...values: number[]) => new Float32Array(values)

describe('vectors', () => {
  it('keep a byte a dimension', () => {
    expect(packVector(of(1, -0.5, 0, 0.25))).toEqual(new Uint8Array([127, 256 - 63, 0, 32]))
  })

  it.each([[of(0, 0)], [of(Number.NaN, 1)], [of(Infinity, 1)]])(
    'that point nowhere are none (%#)',
    (values) => {
      expect(packVector(values)).toBeNull()
    },
  )

  it.each([
    [of(1, 0), of(2, 0), 1],
    [of(1, 0), of(0, 3), 0],
    [of(1, 0), of(-1, 0), -1],
    [of(1, 1), of(1, 0), Math.SQRT1_2],
    [of(1, 0), of(1, 0, 0), -1],
    [of(0, 0), of(1, 0), -1],
  ])('compare by their angle (%#)', (one, other, expected) => {
    expect(compareVectors(one, packVector(other)!)).toBeCloseTo(expected, 2)
  })
})
