import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { resolveProgram } from './resolve-command.ts'

let appDir: string
beforeAll(async () => {
  appDir = await mkdtemp(join(tmpdir(), 'resolve-'))
  await mkdir(join(appDir, '.venv/bin'), { recursive: true })
  await writeFile(join(appDir, 'run.sh'), '#!/bin/sh\n')
  await chmod(join(appDir, 'run.sh'), 0o755)
  await writeFile(join(appDir, 'plain.py'), '')
  await symlink('/usr/bin/python3', join(appDir, '.venv/bin/python'))
  await symlink('/app/run.sh', join(appDir, 'absolute'))
  await symlink('../run.sh', join(appDir, '.venv/up'))
  await symlink('/etc/hostname', join(appDir, 'outside'))
  await symlink('/../../../../../../etc/shadow', join(appDir, 'climbing'))
  await symlink('loop', join(appDir, 'loop'))
})
afterAll(async () => await rm(appDir, { recursive: true }))

const resolve = (word: string) => resolveProgram(word, { appDir, nodeDir: null })

it('knows the words for interpreters', async () => {
  expect(await resolve('python')).toBe('/usr/bin/python3')
  expect(await resolve('bash')).toBe('/bin/bash')
})

it('takes files of the archive, by absolute and by relative path, through links as the sandbox sees them', async () => {
  expect(await resolve('/app/run.sh')).toBe('/app/run.sh')
  expect(await resolve('./run.sh')).toBe('/app/run.sh')
  expect(await resolve('.venv/bin/python')).toBe('/app/.venv/bin/python')
  expect(await resolve('absolute')).toBe('/app/absolute')
  expect(await resolve('.venv/up')).toBe('/app/.venv/up')
})

it('refuses what is not there inside, whatever the host has at that path', async () => {
  const words = [
    'nothing',
    '/app/nothing',
    '/home/somebody/x',
    'outside',
    'climbing',
    'loop',
    '/etc/shadow',
    '../x',
    'uvx',
    '/',
  ]
  for (const word of words) {
    await expect(resolve(word), word).rejects.toMatchObject({ code: 'command_not_found' })
  }
  await expect(resolve('node')).rejects.toMatchObject({ code: 'command_not_found' })
})

it('refuses what cannot be executed, and says what to do', async () => {
  await expect(resolve('plain.py')).rejects.toMatchObject({
    message: 'The start command "plain.py" is not executable.',
    hint: expect.stringContaining('Name its interpreter first'),
  })
  await expect(resolve('.venv')).rejects.toMatchObject({ code: 'command_not_found' })
})
