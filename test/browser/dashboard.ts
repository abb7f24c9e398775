/** The dashboard as people have it: the built daemon, the system's Chromium, and everything counted that must not be. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { BrowserContext, Page } from 'playwright-core'
import { startBrowser } from '../e2e/browser.ts'
import { startPlatform, type Platform } from '../e2e/platform.ts'

export type Theme = 'light' | 'dark'
export const ADMIN = { name: 'ada', password: 'four plain words here' } as const
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const SHOWN_MS = 15_000

type View = {
  readonly theme?: Theme
  readonly width?: number
  /** Who looks; null: nobody is signed in. */
  readonly as?: { readonly name: string; readonly password: string } | null
}

export interface Dashboard {
  readonly platform: Platform
  readonly url: string
  /** A page in a browser of its own, as it is after `goto(path)`. */
  open(path: string, view?: View): Promise<Page>
  /** What must not happen, of all pages so far: policy violations, requests elsewhere, errors. */
  faults(): readonly string[]
  [Symbol.asyncDispose](): Promise<void>
}

/** With an administrator, unless `isFresh`. */
export async function startDashboard(
  settings: Readonly<Record<string, unknown>> = {},
  options: { readonly isFresh?: boolean } = {},
): Promise<Dashboard> {
  const platform = await startPlatform(settings)
  const browser = await startBrowser().catch(async (error: unknown) => {
    await platform[Symbol.asyncDispose]()
    throw error
  })
  const found: string[] = []
  const states = new Map<string, Awaited<ReturnType<BrowserContext['storageState']>>>()
  if (options.isFresh !== true) {
    const made = await platform.cli(['user', 'add', ADMIN.name, '--role', 'admin'], { stdin: ADMIN.password })
    if (made.code !== 0) throw new Error(made.stderr)
  }

  const signIn = async (person: NonNullable<View['as']>) => {
    const known = states.get(person.name)
    if (known !== undefined) return known
    const context = await browser.newContext()
    const page = await context.newPage()
    await page.goto(`${platform.url}/login`)
    const status = await page.evaluate(
      async (body) =>
        (
          await fetch('/api/v1/login', {
            method: 'POST',
            headers: { 'content-type': 'application/json', 'x-haivemind-csrf': '1' },
            body: JSON.stringify(body),
          })
        ).status,
      { name: person.name, password: person.password },
    )
    if (status !== 200) throw new Error(`signing in: ${status}`)
    const state = await context.storageState()
    states.set(person.name, state)
    await context.close()
    return state
  }

  return {
    platform,
    url: platform.url,
    async open(path, { theme = 'light', width = 1280, as = options.isFresh === true ? null : ADMIN } = {}) {
      const context = await browser.newContext({
        viewport: { width, height: 800 },
        colorScheme: theme,
        reducedMotion: 'reduce',
        locale: 'en-GB',
        timezoneId: 'UTC',
        ...(as === null ? {} : { storageState: await signIn(as) }),
      })
      await watch(context, platform.url, found)
      const page = await context.newPage()
      page.setDefaultTimeout(SHOWN_MS)
      await page.goto(`${platform.url}${path}`)
      return page
    },
    faults: () => found,
    async [Symbol.asyncDispose]() {
      await browser.close()
      await platform[Symbol.asyncDispose]()
    },
  }
}

async function watch(context: BrowserContext, url: string, found: string[]): Promise<void> {
  await context.exposeBinding('reportViolation', (_, text: string) => void found.push(`policy: ${text}`))
  await context.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) => {
      const { reportViolation } = globalThis as unknown as { reportViolation: (text: string) => void }
      reportViolation(
        `${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`,
      )
    })
  })
  context.on('request', (request) => {
    const target = request.url()
    if (!target.startsWith(`${url}/`) && !/^(?:data|blob|about):/.test(target))
      found.push(`elsewhere: ${target}`)
  })
  context.on('weberror', (error) => found.push(`error: ${error.error().stack ?? error.error().message}`))
}

export type Violation = { readonly id: string; readonly help: string; readonly nodes: readonly string[] }

/** What axe finds by the rules of WCAG 2.2 AA; injected by evaluate, since the page's policy takes no script tag. */
export async function findAxeViolations(page: Page): Promise<readonly Violation[]> {
  await page.evaluate(AXE)
  return page.evaluate(async () => {
    const { axe } = globalThis as unknown as {
      axe: {
        run: (options: object) => Promise<{
          violations: { id: string; help: string; nodes: { html: string; failureSummary: string }[] }[]
        }>
      }
    }
    const { violations } = await axe.run({
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
    })
    return violations.map(({ id, help, nodes }) => ({
      id,
      help,
      nodes: nodes.map(({ html, failureSummary }) => `${html.slice(0, 160)} | ${failureSummary}`),
    }))
  })
}

/** Waits until the page shows what it has: its heading is there and nothing loads any more. */
export async function settle(page: Page): Promise<void> {
  await page.locator('h1').first().waitFor()
  await page.waitForFunction(() => document.querySelectorAll('[data-skeleton]').length === 0)
}

/** Words that only a defect puts on a page. */
export function findBrokenWords(text: string): readonly string[] {
  return ['undefined', 'NaN', '[object Object]', 'Invalid Date', 'null,'].filter((word) =>
    text.includes(word),
  )
}
