import { describe, expect, it } from 'vitest'
import { ChurnMap, ChurnSet } from './churn.ts'

describe('a map of what comes and goes', () => {
  it('tells keys apart by type, replaces, and forgets', () => {
    const map = new ChurnMap<string | number, string>()
    map.set(1, 'number')
    map.set('1', 'text')
    map.set(1, 'number again')
    expect([map.size, map.has('1'), map.has(2), map.keys()]).toEqual([2, true, false, [1, '1']])
    expect([map.get(1), map.get('1'), map.get(2)]).toEqual(['number again', 'text', undefined])
    expect([map.delete(1), map.delete(1)]).toEqual([true, false])
    expect([map.get(1), map.get('1'), map.size]).toEqual([undefined, 'text', 1])
    map.clear()
    expect([map.size, map.get('1'), map.values()]).toEqual([0, undefined, []])
  })

  it('keeps the others when any one of them goes', () => {
    for (const gone of [0, 1, 2]) {
      const map = new ChurnMap<number, string>()
      for (const key of [0, 1, 2]) map.set(key, `value ${key}`)
      map.delete(gone)
      const left = [0, 1, 2].filter((key) => key !== gone)
      expect(left.map((key) => map.get(key))).toEqual(left.map((key) => `value ${key}`))
      expect(map.values().toSorted()).toEqual(left.map((key) => `value ${key}`))
    }
  })

  it('shows its values as they were, whatever is done meanwhile', () => {
    const map = new ChurnMap<number, number>()
    for (const key of [1, 2, 3]) map.set(key, key)
    const seen: number[] = []
    for (const value of map.values()) {
      map.delete(value)
      seen.push(value)
    }
    expect(seen).toEqual([1, 2, 3])
    expect(map.size).toBe(0)
  })
})

describe('a set of what comes and goes', () => {
  it('forgets what is deleted, and nothing else', () => {
    const set = new ChurnSet<string>()
    for (const value of ['a', 'b', 'c']) set.add(value)
    expect([set.delete('a'), set.delete('a')]).toEqual([true, false])
    expect(set.values().toSorted()).toEqual(['b', 'c'])
    expect(set.size).toBe(2)
  })
})
