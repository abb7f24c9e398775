import { expect, it } from 'vitest'
import { createClientNews } from './client-news.ts'

const build = () => {
  let now = 0
  const news = createClientNews({ monotonic: () => now })
  return (at: number, client: string, begins = false, endpoint = 'weather ann') => {
    now = at
    return news.isNews(endpoint, { client, version: '1', protocolVersion: '2026-07-28', begins })
  }
}

it('tells of a client once, however many others ask between its requests', () => {
  const isNews = build()
  const asked = [0, 1, 2, 3, 500, 1500, 400_000, 900_000].map((at) => [
    isNews(at, 'one'),
    isNews(at, 'other'),
    isNews(at, 'one', false, 'weather bob'),
  ])
  expect(asked).toEqual([[true, true, true], ...Array.from({ length: 7 }, () => [false, false, false])])
})

it('tells again of one that was quiet for ten minutes, counted from its last request', () => {
  const isNews = build()
  const times = [0, 500, 999, 1400, 600_500, 1_200_499, 1_800_500]
  expect(times.map((at) => isNews(at, 'one'))).toEqual([true, false, false, false, false, false, true])
})

it('tells of each beginning, of many in a row the first', () => {
  const isNews = build()
  const times = [0, 100, 900, 2800, 5000]
  expect(times.map((at) => isNews(at, 'one', true))).toEqual([true, false, false, false, true])
})

it('forgets the longest unseen of too many', () => {
  const isNews = build()
  isNews(0, 'first')
  for (let at = 0; at < 1999; at++) isNews(1, `client ${at}`)
  expect(isNews(2, 'first')).toBe(false)
  isNews(3, 'one too many')
  expect(isNews(4, 'first')).toBe(false)
  expect(isNews(5, 'client 0')).toBe(true)
})
