/** A server that says the worst it can in every text of its own: on no page of the dashboard is it more than text. */
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { whyNoBrowser } from '../e2e/browser.ts'
import { eventually, MARK } from '../e2e/platform.ts'
import { deploy, readStatus, writeTree } from '../e2e/servers.ts'
import { settle, startDashboard, type Dashboard } from './dashboard.ts'
import { listAddresses } from './shown-pages.ts'

const NAME = 'hostile'
/** Each runs, loads or leaves the page where it is taken for markup, script, style or address. */
const MARKUP = [
  '<img src=x onerror="globalThis.pwned=1">',
  '<script>globalThis.pwned=1</script>',
  '<svg onload="globalThis.pwned=1"></svg>',
  '<iframe srcdoc="<script>top.pwned=1</script>"></iframe>',
  '<style>*{background:url(http://elsewhere.invalid/style)}</style>',
  '<link rel=stylesheet href=http://elsewhere.invalid/link.css>',
  '<meta http-equiv=refresh content="0;url=http://elsewhere.invalid/meta">',
  '"><base href=http://elsewhere.invalid/>',
  '[text](javascript:globalThis.pwned=1) ![image](http://elsewhere.invalid/image.png)',
].join(' ')
/** Turns text around, hides it, and what terminals obey. */
const UNSEEN =
  '\u202Egnirts\u202C \u200Bhidden\u2066\u2069 \u001B[31mred\u001B]8;;http://elsewhere.invalid/\u0007link\u001B]8;;\u0007'
const LONG = `${MARKUP} ${UNSEEN} ${'W'.repeat(5_000)}`

/** Node's own JSON keeps every character as it is given. */
const PROGRAM = `import { createInterface } from 'node:readline'
const LONG = ${JSON.stringify(LONG)}
const MARKUP = ${JSON.stringify(MARKUP)}
process.stderr.write(LONG.replaceAll('\\n', ' ') + '\\n')
const icons = [{ src: 'http://elsewhere.invalid/icon.png', mimeType: 'image/png' }, { src: 'javascript:globalThis.pwned=1' }]
const tool = {
  name: 'act', title: LONG, description: LONG, icons,
  annotations: { title: LONG },
  inputSchema: {
    type: 'object', title: MARKUP, description: LONG,
    properties: { [MARKUP]: { type: 'string', title: MARKUP, description: LONG, default: MARKUP }, choice: { enum: [MARKUP, LONG] } },
  },
}
const named = { name: MARKUP, description: LONG, inputSchema: { type: 'object' } }
const resource = { uri: 'javascript:globalThis.pwned=1', name: MARKUP, title: LONG, description: LONG, icons }
const content = [
  { type: 'text', text: LONG },
  { type: 'image', data: Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" onload="globalThis.pwned=1"/>').toString('base64'), mimeType: 'image/svg+xml' },
  { type: 'resource_link', ...resource },
  { type: 'resource', resource: { uri: 'http://elsewhere.invalid/', mimeType: 'text/html', text: LONG } },
]
const ANSWERS = {
  initialize: () => ({
    protocolVersion: '2025-11-25',
    capabilities: { tools: {}, resources: {}, prompts: {} },
    serverInfo: { name: MARKUP, title: LONG, version: MARKUP, icons }, instructions: LONG,
  }),
  ping: () => ({}),
  'tools/list': () => ({ tools: [tool, named] }),
  'resources/list': () => ({ resources: [resource] }),
  'resources/templates/list': () => ({ resourceTemplates: [{ ...resource, uri: undefined, uriTemplate: 'x:{' + '<b>' + '}' }] }),
  'prompts/list': () => ({ prompts: [{ name: MARKUP, description: LONG, arguments: [{ name: MARKUP, description: LONG }] }] }),
  'tools/call': () => ({ content, structuredContent: { [MARKUP]: LONG } }),
}
for await (const line of createInterface({ input: process.stdin })) {
  const { id, method } = JSON.parse(line)
  if (id === undefined) continue
  const answer = ANSWERS[method]
  const said = answer === undefined ? { error: { code: -32601, message: LONG } } : { result: answer() }
  process.stdout.write(JSON.stringify({ jsonrpc: '2.0', id, ...said }) + '\\n')
}
`

let dashboard: Dashboard

beforeAll(async () => {
  if (whyNoBrowser !== null) return
  dashboard = await startDashboard()
  for (const suffix of ['', ' ']) {
    const { document } = await deploy(
      dashboard.platform,
      writeTree(dashboard.platform, {
        'server.mjs': PROGRAM + suffix,
        '<img src=x onerror=globalThis.pwned=1>.txt': MARKUP + suffix,
        'server_config.json': JSON.stringify({
          name: NAME,
          description: LONG.slice(0, 2_000),
          tags: ['<img src=x onerror=globalThis.pwned=1>', '\u202Egat'],
          command: ['node', 'server.mjs', `${MARK}-${NAME}`],
          secrets: [{ name: 'API_TOKEN', required: false, description: `${MARKUP} ${UNSEEN}` }],
        }),
      }),
    )
    // The scan holds it; somebody lets it in all the same.
    expect(document.error?.code).toBe('approval_required')
    const approved = await dashboard.platform.cli(['approve', NAME, '--reason', 'to see what it does'])
    expect(approved).toMatchObject({ code: 0 })
    await eventually('it runs', async () =>
      (await readStatus(dashboard.platform, NAME)).status === 'running' ? true : null,
    )
  }
  await dashboard.platform.cli(['call', NAME, 'act', '{}'])
})
afterAll(async () => {
  await dashboard?.[Symbol.asyncDispose]()
})

/** What only markup of the server could have made. */
function findForeign(page: Page): Promise<readonly string[]> {
  return page.evaluate(() => {
    const marked = document.querySelectorAll(
      'iframe, object, embed, base, body style, body link, meta[http-equiv=refresh], [onerror], [onload], img[src="x"], [href^="javascript:"], [src*="elsewhere.invalid"]',
    )
    const ran = (globalThis as { pwned?: number }).pwned === undefined ? [] : ['its script ran']
    return [...ran, ...[...marked].map((element) => element.outerHTML.slice(0, 200))]
  })
}

describe.skipIf(whyNoBrowser !== null)(`a hostile server${whyNoBrowser ?? ''}`, () => {
  it.each(['light', 'dark'] as const)('is inert text on every page, %s', async (theme) => {
    const page = await dashboard.open('/', { theme, width: theme === 'light' ? 1280 : 360 })
    const addresses = [
      ...listAddresses(NAME),
      `/servers/${NAME}/tools?tool=act`,
      `/servers/${NAME}/versions?from=1&to=2`,
      ...['json', 'variables', 'network'].map((tab) => `/servers/${NAME}/config?tab=${tab}`),
    ]
    for (const path of addresses) {
      await page.goto(`${dashboard.url}${path}`)
      await settle(page)
      expect({ path, found: await findForeign(page) }).toEqual({ path, found: [] })
      expect({ path, at: new URL(page.url()).origin }).toEqual({ path, at: dashboard.url })
    }
    await page.context().close()
  })

  it('shows its words as they are, with what is unseen written out', async () => {
    const page = await dashboard.open(`/servers/${NAME}`)
    await settle(page)
    await page.getByText('<script>globalThis.pwned=1</script>').first().waitFor()
    await page.goto(`${dashboard.url}/servers/${NAME}/tools?tool=act`)
    await page.getByText('right-to-left override').first().waitFor()
    await page.goto(`${dashboard.url}/servers/${NAME}/logs`)
    await page.getByText('<script>globalThis.pwned=1</script>').first().waitFor()
    expect(await findForeign(page)).toEqual([])
    await page.context().close()
  })

  it('answers a call with the same, and nothing of it runs or loads', async () => {
    const page = await dashboard.open(`/servers/${NAME}/tools?tool=act`)
    await settle(page)
    await page.getByRole('button', { name: 'Run', exact: true }).click()
    await page.getByText('<svg onload="globalThis.pwned=1"></svg>').last().waitFor()
    for (const tab of await page.getByRole('tab').all()) {
      await tab.click()
      expect(await findForeign(page)).toEqual([])
    }
    await page.context().close()
  })

  it('U-23, U-24: asked no other host, broke no policy and threw no error in all of this', () => {
    expect(dashboard.faults()).toEqual([])
  })
})
