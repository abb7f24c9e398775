import { expect, it } from 'vitest'
import { rankItems } from './rank-items.ts'

const items = ['Overview', 'Restart weather', 'weather', 'big-weather', 'sweather'].map((label) => ({
  label,
}))
const find = (text: string) => rankItems(items, text).map(({ label }) => label)

it('takes what holds every word, beginnings first', () => {
  expect(find('weather')).toEqual(['weather', 'Restart weather', 'big-weather', 'sweather'])
  expect(find('WEATHER re')).toEqual(['Restart weather'])
  expect(find('nothing')).toEqual([])
})

it('keeps the order while nothing is typed', () => {
  expect(find(' ')).toEqual(items.map(({ label }) => label))
})
