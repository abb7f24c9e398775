import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { silent } from '../../../test/fakes/hosting.ts'
import { createStateSeal, openStateKey } from './state-seal.ts'

describe('the seal', () => {
  const seal = createStateSeal(Buffer.alloc(32, 1))

  it('opens what it sealed, for what it was sealed', () => {
    const sealed = seal.seal('a ü', 'one')
    expect(sealed).toMatch(/^[A-Za-z0-9_-]+$/)
    expect(seal.open(sealed, 'one')).toBe('a ü')
    expect(seal.open(sealed, 'other')).toBeNull()
  })

  it('R75: opens nothing in which one character is another, is missing, or is more', () => {
    const sealed = seal.seal('text', 'one')
    for (let at = 0; at < sealed.length; at++) {
      const other = sealed[at] === 'A' ? 'B' : 'A'
      expect(seal.open(sealed.slice(0, at) + other + sealed.slice(at + 1), 'one'), String(at)).toBeNull()
    }
    expect(seal.open(sealed.slice(1), 'one')).toBeNull()
    expect(seal.open(`${sealed}A`, 'one')).toBeNull()
    expect(seal.open(`${sealed}=`, 'one')).toBeNull()
    expect(seal.open(` ${sealed}`, 'one')).toBeNull()
    expect(seal.open('', 'one')).toBeNull()
    expect(createStateSeal(Buffer.alloc(32, 2)).open(sealed, 'one')).toBeNull()
  })
})

describe('its key', () => {
  let folder: string
  let path: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'haivemind-seal-'))
    path = join(folder, 'state.key')
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  it('is made once, for its owner only, and opens what was sealed before', async () => {
    const sealed = createStateSeal(await openStateKey(path, silent)).seal('a', 'x')
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(createStateSeal(await openStateKey(path, silent)).open(sealed, 'x')).toBe('a')
  })

  it('is replaced when others can read it', async () => {
    const sealed = createStateSeal(await openStateKey(path, silent)).seal('a', 'x')
    const before = readFileSync(path)
    chmodSync(path, 0o644)
    expect(createStateSeal(await openStateKey(path, silent)).open(sealed, 'x')).toBeNull()
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(readFileSync(path).equals(before)).toBe(false)
  })

  it('lasts as long as the daemon where it cannot be kept', async () => {
    const seal = createStateSeal(await openStateKey(join(folder, 'none', 'state.key'), silent))
    expect(seal.open(seal.seal('a', 'x'), 'x')).toBe('a')
  })
})
