/**
 * A task as somebody does it who sees the page for the first time: the page is driven at once, and what a person's head
 * and hands take is added by the keystroke-level model (Card, Moran and Newell, 1980). Clicks and copies are counted.
 */
import type { Locator, Page } from 'playwright-core'

/** Seconds. */
const DECIDE = 1.35
const POINT = 1.1
const PRESS = 0.2
const KEY = 0.28
/** From the mouse to the keys and back. */
const HANDS = 0.8
/** A dialog of the system for files, or the window of another program: found, used, closed. */
const ELSEWHERE = 6

type Target = {
  readonly seconds: number
  /** `platform`: what the page and the platform take, from the first click on; a person is not counted. */
  readonly of?: 'platform'
  readonly clicks?: number
  /** What was measured of it before, seconds. */
  readonly before?: number
}

export type TaskResult = {
  readonly task: string
  readonly measured: number
  readonly person: number
  readonly total: number
  readonly clicks: number
  readonly target: Target
}

export interface Person {
  click(what: Locator): Promise<void>
  type(into: Locator, text: string): Promise<void>
  /** From the clipboard. */
  paste(into: Locator, text: string): Promise<void>
  choose(into: Locator, file: { name: string; mimeType: string; buffer: Buffer }): Promise<void>
  /** Something in another program, with what the test does in its place. */
  elsewhere(work: () => Promise<void>): Promise<void>
}

/** Does the task, and answers what it took. */
export async function timeTask(
  task: string,
  target: Target,
  work: (person: Person) => Promise<unknown>,
): Promise<TaskResult> {
  let [clicks, person] = [0, 0]
  const began = performance.now()
  await work({
    async click(what) {
      person += DECIDE + POINT + PRESS
      clicks++
      await what.click()
    },
    async type(into, text) {
      person += POINT + PRESS + HANDS + text.length * KEY
      await into.fill(text)
    },
    async paste(into, text) {
      person += POINT + PRESS + HANDS + 2 * KEY
      await into.fill(text)
    },
    async choose(into, file) {
      person += DECIDE + POINT + PRESS + ELSEWHERE
      clicks++
      await into.setInputFiles(file)
    },
    async elsewhere(run) {
      person += ELSEWHERE
      await run()
    },
  })
  const measured = (performance.now() - began) / 1000 + (target.before ?? 0)
  const total = target.of === 'platform' ? measured : measured + person
  return { task, measured, person, total, clicks, target }
}

export function isWithin({ total, clicks, target }: TaskResult): boolean {
  return total <= target.seconds && clicks <= (target.clicks ?? Number.POSITIVE_INFINITY)
}

export function renderTasks(results: readonly TaskResult[]): string {
  const lines = results.map(({ task, measured, person, total, clicks, target }) => {
    const wanted = `${target.seconds} s${target.of === undefined ? '' : ' of the platform'}`
    const most = target.clicks === undefined ? '' : `, ${target.clicks} clicks`
    return [task, measured.toFixed(1), person.toFixed(1), total.toFixed(1), clicks, wanted + most]
  })
  const rows = [['task', 'measured s', 'person s', 'total s', 'clicks', 'at most'], ...lines].map((row) =>
    row.map(String),
  )
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)))
  return rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column]!)).join('  ')).join('\n')
}

/** Whether all of what somebody looks for is there to be read. */
export async function reads(page: Page, ...texts: readonly (string | RegExp)[]): Promise<void> {
  for (const text of texts) await page.getByText(text).first().waitFor()
}
