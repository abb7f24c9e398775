/** What the dashboard takes, measured in the page itself. Where neighbours would be measured too, the best of a few counts. */
import type { Page } from 'playwright-core'
import type { Dashboard } from './dashboard.ts'

const ROUNDS = 3

export type Loaded = {
  /** Milliseconds from the navigation to a page that shows what it has. */
  readonly usableMs: number
  /** Bytes of scripts and styles, as they come over the wire, before the page is usable. */
  readonly scriptBytes: number
  readonly styleBytes: number
}

/** Each in a browser of its own, whose cache is empty. @param shown what stands there when it is usable */
export async function measureLoad(dashboard: Dashboard, path: string, shown: string): Promise<Loaded> {
  const all: Loaded[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const page = await dashboard.open(path)
    await page.locator(shown).first().waitFor()
    all.push(
      await page.evaluate(() => {
        const resources = performance.getEntriesByType('resource') as PerformanceResourceTiming[]
        const weigh = (pattern: RegExp) =>
          resources
            .filter(({ name }) => pattern.test(name))
            .reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0)
        // The test sees it a little later than the page has it.
        return { usableMs: performance.now(), scriptBytes: weigh(/\.js$/), styleBytes: weigh(/\.css$/) }
      }),
    )
    await page.context().close()
  }
  return all.toSorted((a, b) => a.usableMs - b.usableMs)[0]!
}

/** Milliseconds from the input of a text to the frame with the servers of that name; the median of all texts. */
export async function measureFilter(page: Page, texts: readonly string[]): Promise<number> {
  const times = await page.evaluate(async (words) => {
    const box = document.querySelector<HTMLInputElement>('input[data-search]')!
    // By the setter of the browser, which React has replaced on the field itself.
    const write = (text: string) => Reflect.set(HTMLInputElement.prototype, 'value', text, box)
    const frame = () => new Promise((resolve) => requestAnimationFrame(resolve))
    const measured: number[] = []
    for (const text of words) {
      const began = performance.now()
      write(text)
      box.dispatchEvent(new Event('input', { bubbles: true }))
      const isShown = () => {
        const names = [...document.querySelectorAll('tbody th a')].map((link) => link.textContent)
        return names.length > 0 && names.every((name) => name.includes(text))
      }
      for (let frames = 0; !isShown() && frames < 600; frames++) await frame()
      if (!isShown()) throw new Error(`nothing was filtered by ${text}`)
      measured.push(performance.now() - began)
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    return measured
  }, texts)
  return median(times)
}

export type Smoothness = {
  /** Between two frames, milliseconds. */
  readonly frameP50: number
  readonly frameP95: number
  /** From a key to the end of the work that it makes, milliseconds. */
  readonly inputP95: number
}

/** Frames and keys for some seconds. */
export function measureSmoothness(page: Page, seconds: number): Promise<Smoothness> {
  return page.evaluate(async (length) => {
    const box = document.querySelector<HTMLInputElement>('input[type=search]')!
    box.focus()
    const [frames, keys]: [number[], number[]] = [[], []]
    const end = performance.now() + length * 1000
    let before = performance.now()
    const count = (now: number) => {
      frames.push(now - before)
      before = now
      if (now < end) requestAnimationFrame(count)
    }
    requestAnimationFrame(count)
    while (performance.now() < end) {
      const began = performance.now()
      box.dispatchEvent(new KeyboardEvent('keydown', { key: 'a', bubbles: true }))
      await new Promise((resolve) => setTimeout(resolve, 0))
      keys.push(performance.now() - began)
      await new Promise((resolve) => setTimeout(resolve, 25))
    }
    const at = (times: number[], share: number) =>
      times.toSorted((a, b) => a - b)[Math.floor(times.length * share)] ?? Number.NaN
    return {
      frameP50: at(frames.slice(1), 0.5),
      frameP95: at(frames.slice(1), 0.95),
      inputP95: at(keys, 0.95),
    }
  }, seconds)
}

/**
 * The live stream says so often a second that one of the servers has another state; that many servers cannot really
 * change theirs on this machine. Before the page is opened.
 */
export async function floodEvents(page: Page, perSecond: number, servers: number): Promise<void> {
  await page.addInitScript(
    ([rate, count]) => {
      const real = globalThis.fetch.bind(globalThis)
      const states = ['starting', 'running', 'stopping', 'stopped']
      let id = 1_000_000
      const build = () => {
        id++
        const server = `server-${id % count!}`
        const status = states[Math.floor(id / count!) % states.length]
        const data = {
          server,
          server_id: 'srv_x',
          status,
          reason: 'It is a test',
          cause: null,
          class: null,
          attempt: 0,
        }
        const event = { id, type: 'server.status', time: new Date().toISOString(), actor: 'platform', data }
        return `id: ${id}\nevent: server.status\ndata: ${JSON.stringify(event)}\n\n`
      }
      globalThis.fetch = (input, init) => {
        const url = typeof input === 'string' ? input : input instanceof URL ? input.href : input.url
        if (!url.endsWith('/api/v1/events')) return real(input, init)
        const body = new ReadableStream<Uint8Array>({
          start(controller) {
            const encoder = new TextEncoder()
            let sent = 0
            const began = performance.now()
            const timer = setInterval(() => {
              const due = Math.floor(((performance.now() - began) / 1000) * rate!)
              for (; sent < due; sent++) controller.enqueue(encoder.encode(build()))
              document.documentElement.dataset['flooded'] = String(sent)
            }, 5)
            init?.signal?.addEventListener('abort', () => clearInterval(timer))
          },
        })
        return Promise.resolve(new Response(body, { headers: { 'content-type': 'text/event-stream' } }))
      }
    },
    [perSecond, servers],
  )
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}
