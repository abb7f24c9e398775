import { expect, it } from 'vitest'
import { NO_FILTER } from './filter-servers.ts'
import { addView, parseViews } from './saved-views.ts'

it('reads what fits, whatever else is stored there', () => {
  expect(parseViews(null)).toEqual([])
  expect(parseViews('{')).toEqual([])
  expect(parseViews('{"name":"x"}')).toEqual([])
  const stored = [{ name: 'mine', filter: { status: 'failed', later: 1, tag: 7 } }, { name: '' }, null, 'x']
  expect(parseViews(JSON.stringify(stored))).toEqual([
    { name: 'mine', filter: { ...NO_FILTER, status: 'failed' } },
  ])
})

it('keeps the latest of a name, and twenty', () => {
  const view = (name: string, q = '') => ({ name, filter: { ...NO_FILTER, q } })
  expect(
    addView([view('a'), view('b')], view('a', 'new')).map(({ name, filter }) => [name, filter.q]),
  ).toEqual([
    ['b', ''],
    ['a', 'new'],
  ])
  const many = Array.from({ length: 25 }, (_, index) => view(`v${index}`))
  expect(many.reduce<readonly ReturnType<typeof view>[]>((all, one) => addView(all, one), [])).toHaveLength(
    20,
  )
})
