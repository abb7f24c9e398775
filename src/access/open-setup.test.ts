import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { createFakeClock } from '../../test/fakes/clock.ts'
import { createMemoryPeople } from '../../test/fakes/people.ts'
import { openAccounts } from './open-accounts.ts'
import { openSetup } from './open-setup.ts'
import { createPasswords } from './password.ts'
import { createSetupCodeFile } from './setup-code-file.ts'

const folders: string[] = []
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true })
})

async function open() {
  const dataDir = await mkdtemp(join(tmpdir(), 'setup-'))
  folders.push(dataDir)
  const clock = createFakeClock()
  const accounts = await openAccounts({
    users: createMemoryPeople().users,
    passwords: createPasswords(),
    clock,
    events: { emit: () => undefined },
  })
  const file = join(dataDir, 'setup-code')
  const setup = await openSetup({ accounts, clock, file: createSetupCodeFile(dataDir) })
  const claim = (code: string, password = 'four plain words here') =>
    setup.claim({ code, name: 'ada', password })
  return { accounts, clock, setup, file, claim, dataDir }
}

describe('the setup code', () => {
  it('lies in a file for the owner alone and makes one administrator', async () => {
    const { setup, file, claim, accounts } = await open()
    const { code } = setup.current()!
    expect(code).toMatch(/^[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}$/)
    expect(await readFile(file, 'utf8')).toBe(`${code}\n`)
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    expect(await claim(code.toLowerCase().replaceAll('-', ' '))).toMatchObject({ name: 'ada', role: 'admin' })
    await expect(stat(file)).rejects.toThrow('ENOENT')
    expect(setup.current()).toBeNull()
    await expect(claim(code)).rejects.toMatchObject({ code: 'already_set_up' })
    await expect(setup.renew()).rejects.toMatchObject({ code: 'already_set_up' })
    expect(accounts.list()).toHaveLength(1)
  })

  it('makes one administrator also when two claim at once', async () => {
    const { setup, claim, accounts } = await open()
    const { code } = setup.current()!
    const both = await Promise.allSettled([claim(code), claim(code)])
    expect(both).toMatchObject([{ status: 'fulfilled' }, { reason: { code: 'already_set_up' } }])
    expect(accounts.list()).toHaveLength(1)
  })

  it('is over after five wrong tries', async () => {
    const { setup, claim, file } = await open()
    const { code } = setup.current()!
    for (let n = 0; n < 5; n++) {
      await expect(claim('0000-0000-0000')).rejects.toMatchObject({ code: 'setup_code_wrong' })
    }
    await expect(claim(code)).rejects.toMatchObject({ code: 'setup_code_wrong' })
    await vi.waitFor(() => expect(stat(file)).rejects.toThrow('ENOENT'))
    const next = await setup.renew()
    expect(next.code).not.toBe(code)
    await expect(claim(code)).rejects.toMatchObject({ code: 'setup_code_wrong' })
    expect(await claim(next.code)).toMatchObject({ role: 'admin' })
  })

  it('is over after 15 minutes', async () => {
    const { setup, claim, clock } = await open()
    const { code } = setup.current()!
    clock.advance(899_999)
    expect(setup.current()).not.toBeNull()
    clock.advance(1)
    expect(setup.current()).toBeNull()
    await expect(claim(code)).rejects.toMatchObject({ code: 'setup_code_wrong' })
  })

  it('outlives a weak password', async () => {
    const { setup, claim } = await open()
    const { code } = setup.current()!
    await expect(claim(code, 'password1')).rejects.toMatchObject({ code: 'weak_password' })
    expect(await claim(code)).toMatchObject({ role: 'admin' })
  })

  it('is not made where there is an administrator', async () => {
    const { accounts, clock, dataDir, setup } = await open()
    await accounts.create({ name: 'ada', role: 'admin', password: null }, 'local')
    expect(setup.current()).toBeNull()
    expect((await openSetup({ accounts, clock, file: createSetupCodeFile(dataDir) })).current()).toBeNull()
    await expect(stat(join(dataDir, 'setup-code'))).rejects.toThrow('ENOENT')
  })
})
