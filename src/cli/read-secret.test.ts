import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { CliIo } from './io.ts'
import { readSecret } from './read-secret.ts'

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'haivemind-secret-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

/** @param typed what comes on standard input, in these pieces. */
async function read(typed: readonly string[], options: { isTTY?: boolean; file?: string } = {}) {
  const modes: boolean[] = []
  const stdin = Object.assign(new PassThrough(), {
    isTTY: options.isTTY ?? false,
    setRawMode: (mode: boolean) => modes.push(mode),
  })
  const stderr = new PassThrough()
  const io = { stdin, stderr, cwd: folder, interrupted: new AbortController().signal } as unknown as CliIo
  for (const piece of typed) stdin.write(piece)
  stdin.end()
  const value = await readSecret(io, 'API_KEY', options.file).then(
    (secret) => secret.revealBytes().toString('latin1'),
    (error: unknown) => error as Error & { code: string },
  )
  stderr.end()
  return { value, modes, stderr: await text(stderr) }
}

describe('standard input', () => {
  it('is taken whole, but for the line break at its end', async () => {
    expect((await read(['first\n', 'second\r\n'])).value).toBe('first\nsecond')
    expect((await read(['exact'])).value).toBe('exact')
    expect((await read(['two\n\n'])).value).toBe('two\n')
  })

  it('that is no text keeps its bytes', async () => {
    expect((await read([Buffer.from([0xff, 0x00, 0x0a]) as never])).value).toBe('\xff\0')
  })

  it('over the limit is refused without being read to its end', async () => {
    expect((await read(['x'.repeat(70_000)])).value).toMatchObject({ code: 'invalid_secret' })
  })
})

describe('a terminal', () => {
  it('is asked without an echo, and put back', async () => {
    const { value, modes, stderr } = await read(['hunte', 'x\u007fr2\r', 'rest'], { isTTY: true })
    expect(value).toBe('hunter2')
    expect(stderr).toBe('API_KEY: \n')
    expect(modes).toEqual([true, false])
  })

  it('is put back after Ctrl-C too', async () => {
    const { value, modes } = await read(['hunt\u0003'], { isTTY: true })
    expect(value).toMatchObject({ code: 'usage', message: 'no value was given' })
    expect(modes).toEqual([true, false])
  })
})

describe('a file', () => {
  it('is taken byte by byte', async () => {
    writeFileSync(join(folder, 'key.pem'), 'line\n\xff\n', 'latin1')
    expect((await read([], { file: 'key.pem' })).value).toBe('line\n\xff\n')
  })

  it('that is missing is said so', async () => {
    expect((await read([], { file: 'none' })).value).toMatchObject({
      code: 'usage',
      message: '--from-file: no such file',
    })
  })
})
