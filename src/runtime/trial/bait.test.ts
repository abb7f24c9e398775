import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { buildBait, findBait, layFiles, listRead } from './bait.ts'

let count = 0
const build = () =>
  buildBait(
    (length) => `x${++count}yZ9kQ7mW2pL5vB8nR4tJ6hF1dS3gA0cE9uI7oT2xM5zN8qV4bK6wP1jH3fD0sG`.slice(0, length),
    ['API_KEY'],
  )

describe('bait', () => {
  it('stands for what servers are not given, and for the secrets they declare', () => {
    const bait = build()
    expect(Object.keys(bait.secrets)).toEqual(['API_KEY'])
    expect(bait.all.map(({ name }) => name)).toContain('~/.ssh/id_rsa')
    expect(new Set(bait.all.map(({ value }) => value)).size).toBe(bait.all.length)
  })

  it('is found in whatever form it turns up', () => {
    const { all, variables } = build()
    const token = variables['GITHUB_TOKEN'] ?? ''
    const forms = [
      `{"env":{"GITHUB_TOKEN":"${token}"}}`,
      Buffer.from(`x=${token}`).toString('base64'),
      Buffer.from(`a=1;${token};b`).toString('base64'),
      Buffer.from(`ab=12${token}`).toString('base64url'),
      Buffer.from(token).toString('hex'),
      Array.from(token).toReversed().join(''),
      encodeURIComponent(token),
    ]
    for (const form of forms) expect(findBait(form, all).map(({ name }) => name)).toEqual(['GITHUB_TOKEN'])
    expect(findBait('nothing of it', all)).toEqual([])
  })

  it('tells which files were read', async () => {
    const home = mkdtempSync(join(tmpdir(), 'haivemind-bait-'))
    try {
      const { files } = build()
      await layFiles(home, files)
      expect(await listRead(home, files)).toEqual([])
      rmSync(join(home, '.npmrc'))
      expect(await listRead(home, files)).toEqual(['~/.npmrc'])
      readFileSync(join(home, '.ssh/id_rsa'))
    } finally {
      rmSync(home, { recursive: true })
    }
  })
})
