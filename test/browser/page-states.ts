/** The states in which every page is looked at: by a person through `npm run screenshots`, and by a test. */
import type { Page } from 'playwright-core'
import { settle } from './dashboard.ts'

export const PAGE_STATES = ['full', 'loading', 'error', 'filtered', 'empty'] as const
export type PageState = (typeof PAGE_STATES)[number]

/** What pages ask for, but for who asks and the live stream: those make the frame. */
const DATA = /\/api\/v1\/(?!me$|setup$|events$)/
/** And but for the server itself: the frame of its pages would stand for all of them. */
const OWN_DATA = /\/api\/v1\/(?!me$|setup$|events$|servers\/[^/?]+$)/
export const BROKEN_REQUEST = 'req_0000000000'
const BROKEN = {
  status: 500,
  contentType: 'application/problem+json',
  json: {
    status: 500,
    code: 'internal',
    title: 'Internal error',
    detail: 'Something broke inside the platform.',
    hint: 'Its log has more under the request id.',
    request_id: BROKEN_REQUEST,
  },
}

/** By the end of an address: a filter that leaves nothing. The others have no filter. */
const FILTERS: readonly (readonly [end: RegExp, search: string])[] = [
  [/^\/servers$/, 'q=nothing-has-this'],
  [/^\/hub$/, 'tool=nothing-has-this'],
  [/^\/activity$/, 'actor=nothing-has-this'],
  [/^\/insights$/, 'view=memories&q=nothing-has-this'],
  [/^\/security$/, 'show=attention'],
  [/\/tools$/, 'find=nothing-has-this'],
  [/^\/servers\/[^/]+\/logs$/, 'find=nothing-has-this&only=1'],
  [/\/connect$/, 'q=nothing-has-this'],
]

export function findFilter(path: string): string | null {
  return FILTERS.find(([end]) => end.test(path))?.[1] ?? null
}

/**
 * Opens a page in one of its states. Loading and errors are made by holding the answers of the API back, or by breaking
 * them; for `empty` there must be no server yet.
 */
export async function showPage(page: Page, address: string, state: PageState): Promise<void> {
  await page.unrouteAll({ behavior: 'ignoreErrors' })
  if (state === 'loading') await page.route(DATA, () => undefined)
  if (state === 'error') await page.route(OWN_DATA, (route) => route.fulfill(BROKEN))
  const filter = state === 'filtered' ? findFilter(new URL(address).pathname) : null
  await page.goto(filter === null ? address : `${address}?${filter}`)
  if (state === 'loading') await page.locator('[data-skeleton], h1').first().waitFor()
  else await settle(page)
}
