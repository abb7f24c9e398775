/** The pages of the whole platform, used as an administrator uses them. */
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { whyNoBrowser } from '../e2e/browser.ts'
import { buildServer, deploy, deployBash, readStatus, writeTree } from '../e2e/servers.ts'
import { eventually, MARK } from '../e2e/platform.ts'
import { settle, startDashboard, type Dashboard } from './dashboard.ts'

let dashboard: Dashboard
let receiver: Server | undefined
let place = ''
const received: string[] = []

beforeAll(async () => {
  if (whyNoBrowser !== null) return
  receiver = createServer((request, response) => {
    void text(request).then((body) => {
      received.push(body)
      response.end()
    })
  }).listen(0, '127.0.0.1')
  await once(receiver, 'listening')
  place = `127.0.0.1:${(receiver.address() as AddressInfo).port}`
  dashboard = await startDashboard({ notifications: { private_targets: [place] } })
})
afterAll(async () => {
  await dashboard?.[Symbol.asyncDispose]()
  receiver?.close()
})

async function open(path: string): Promise<Page> {
  const page = await dashboard.open(path)
  await settle(page)
  return page
}

describe.skipIf(whyNoBrowser !== null)(`the platform's own pages${whyNoBrowser ?? ''}`, () => {
  it('shows why a version is held, and starts it once it is approved', async () => {
    const held = await deploy(
      dashboard.platform,
      writeTree(dashboard.platform, {
        'server.sh': buildServer(),
        'tool.py': 'import os\ngetattr(os, "sys" + "tem")("id")\n',
        'server_config.json': JSON.stringify({
          name: 'held',
          command: ['bash', 'server.sh', `${MARK}-held`],
        }),
      }),
    )
    expect(held.code).toBe(3)
    const page = await open('/security?show=attention')
    await page.getByRole('link', { name: 'held' }).click()
    await page.getByText('tool.py:2').first().waitFor()
    await page.getByRole('button', { name: 'Approve' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Reason').fill('read it, it prints a number')
    await dialog.getByRole('button', { name: 'Approve' }).click()
    await page.getByText(/Approved by user:.*read it, it prints a number/).waitFor()
    await eventually('it runs', async () =>
      (await readStatus(dashboard.platform, 'held')).status === 'running' ? true : null,
    )
    await page.context().close()
  })

  it('makes a token that is shown once, lets it in, and shuts it out again', async () => {
    const page = await open('/settings/tokens')
    await page.getByRole('button', { name: 'Create a token' }).first().click()
    await page.getByLabel('Name').fill('laptop')
    await page.getByLabel('servers:read').check()
    await page.getByRole('button', { name: 'Create', exact: true }).click()
    const text = await page.getByRole('dialog').getByLabel('token', { exact: true }).innerText()
    expect(text).toMatch(/^hvm_/)
    const ask = async () => {
      const headers = { authorization: `Bearer ${text.trim()}` }
      return (await fetch(`${dashboard.url}/api/v1/servers`, { headers })).status
    }
    expect(await ask()).toBe(200)
    await page.getByRole('button', { name: 'Done' }).click()
    expect(await page.locator('body').innerText()).not.toContain(text.trim())
    await page.getByRole('button', { name: 'Revoke laptop' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click()
    await page.getByText('Revoked laptop', { exact: true }).waitFor()
    expect(await ask()).toBe(401)
    await page.context().close()
  })

  it('adds a person who sees what the role allows, and names the role for the rest', async () => {
    const page = await open('/settings/people')
    await page.getByRole('button', { name: 'Add a person' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Name').fill('vera')
    await dialog.getByLabel('Role').selectOption('viewer')
    await dialog.getByLabel('First password').fill('words that vera knows')
    await dialog.getByRole('button', { name: 'Add', exact: true }).click()
    await page.getByRole('rowheader', { name: 'vera' }).waitFor()
    await page.context().close()

    const vera = await dashboard.open('/settings', {
      as: { name: 'vera', password: 'words that vera knows' },
    })
    await settle(vera)
    expect(await vera.getByRole('navigation', { name: 'Sections of the settings' }).innerText()).not.toMatch(
      /People|Tokens|Backups/,
    )
    await vera.goto(`${dashboard.url}/settings/platform`)
    const reload = vera.getByRole('button', { name: 'Reload configuration' })
    expect(await reload.getAttribute('aria-disabled')).toBe('true')
    await reload.focus()
    await vera.getByText('Needs the role admin').first().waitFor()
    await vera.context().close()
  })

  it('tells a webhook what happens, shows what became of it, and never where it leads', async () => {
    const page = await open('/settings/notifications')
    await page.getByRole('button', { name: 'Add a channel' }).first().click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Name').fill('pager')
    await dialog.getByLabel('Address').fill(`http://${place}/hooks/opensesame-1234`)
    await dialog.getByRole('button', { name: 'Add', exact: true }).click()
    await dialog.getByText(/^whsec_/).waitFor()
    await dialog.getByRole('button', { name: 'Done' }).click()
    await page.getByRole('button', { name: 'Send a test to pager' }).click()
    await page.getByRole('cell', { name: 'sent' }).waitFor()
    expect(JSON.parse(received[0] ?? '')).toMatchObject({ data: { title: 'A test of hAIveMind Hosting' } })
    await deployBash(dashboard.platform, 'broken', buildServer({ before: 'exit 1' }))
    await page.getByRole('rowheader', { name: /Deploying broken/ }).waitFor({ timeout: 30_000 })
    expect(await page.content()).not.toMatch(/opensesame|whsec_/)
    await page.goto(`${dashboard.url}/activity?tab=operations`)
    await page.getByRole('row', { name: /broken/ }).waitFor()
    await page.context().close()
  })

  it('tells who did what, by what it is asked for, with a chain that verifies', async () => {
    const page = await open('/activity')
    await page.getByRole('button', { name: 'Verify chain' }).click()
    await page.getByText(/The chain is intact/).waitFor()
    await page.getByLabel('Action').fill('token.revoke')
    await page.getByRole('button', { name: 'Filter' }).click()
    await page.waitForURL(/action=token\.revoke/)
    const rows = page.getByRole('table').getByRole('row')
    await expect.poll(() => rows.allInnerTexts()).toHaveLength(3)
    await page
      .getByRole('button', { name: /token\.revoke: Open record/ })
      .first()
      .click()
    const record = await page.getByRole('region', { name: 'Record' }).innerText()
    expect(JSON.parse(record)).toMatchObject({ action: 'token.revoke', outcome: 'success', via: 'dashboard' })
    await page.reload()
    await page.getByRole('dialog').waitFor()
    await page.context().close()
  })

  it('makes a backup and ends a session', async () => {
    const page = await open('/settings/backups')
    await page.getByRole('button', { name: 'Back up now' }).click()
    await page.getByRole('cell', { name: 'done' }).first().waitFor({ timeout: 30_000 })
    await page.goto(`${dashboard.url}/settings/sessions`)
    await page.getByText('this one').waitFor()
    const row = page.getByRole('row', { name: /vera/ })
    await row.getByRole('button', { name: 'End' }).click()
    await row.waitFor({ state: 'detached' })
    await page.context().close()
  })

  it('U-24: broke no policy and threw no error in all of this', () => {
    expect(dashboard.faults()).toEqual([])
  })
})
