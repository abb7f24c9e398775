import { PassThrough, Readable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import type { CliIo, InputStream } from './io.ts'
import { readPassword } from './read-password.ts'

function open(stdin: InputStream) {
  const shown: string[] = []
  const stderr = new PassThrough().on('data', (chunk: Buffer) => shown.push(chunk.toString()))
  const io = { stdin, stderr, interrupted: new AbortController().signal } as unknown as CliIo
  return { io, shown: () => shown.join('') }
}
const pipe = (text: string) => Readable.from([Buffer.from(text)])

/** A terminal on which somebody types one line after each question. */
function type(...lines: string[]) {
  const stdin = Object.assign(new PassThrough(), { isTTY: true })
  const test = open(stdin)
  let asked = 0
  test.io.stderr.on('data', (chunk: Buffer) => {
    if (!chunk.toString().endsWith(': ')) return
    const line = lines[asked++] ?? ''
    setImmediate(() => stdin.write(line))
  })
  return test
}

describe('a password', () => {
  it('is the first line of stdin in a script', async () => {
    expect((await readPassword(open(pipe('four plain words\nrest')).io)).reveal()).toBe('four plain words')
    expect((await readPassword(open(pipe(' with spaces ')).io)).reveal()).toBe(' with spaces ')
    await expect(readPassword(open(pipe('')).io)).rejects.toMatchObject({ code: 'usage' })
    await expect(readPassword(open(pipe('x'.repeat(5_000))).io)).rejects.toMatchObject({ code: 'usage' })
  })

  it('is typed twice on a terminal, and never shown', async () => {
    const { io, shown } = type('four plain words\r', 'four plain words\r')
    expect((await readPassword(io)).reveal()).toBe('four plain words')
    expect(shown()).toBe('Password: \nAgain: \n')
  })

  it('is none when the two differ, or at Ctrl-C', async () => {
    await expect(readPassword(type('one\r', 'two\r').io)).rejects.toThrow('differ')
    await expect(readPassword(type('one\u0003').io)).rejects.toMatchObject({ code: 'usage' })
  })
})
