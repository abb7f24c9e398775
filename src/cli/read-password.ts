import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import { collectBytes } from '../domain/collect-bytes.ts'
import { AppError } from '../domain/error.ts'
import { Secret } from '../domain/secret.ts'
import type { CliIo } from './io.ts'

const MAX_BYTES = 4096

/** Twice from the terminal, unseen; otherwise the first line of stdin. Never from the arguments, which `ps` shows. */
export async function readPassword(io: CliIo): Promise<Secret> {
  if (io.stdin.isTTY !== true) return readLine(io)
  const first = await ask(io, 'Password: ')
  if ((await ask(io, 'Again: ')) !== first) throw new AppError('usage', 'the two passwords differ')
  return new Secret(first)
}

async function ask(io: CliIo, question: string): Promise<string> {
  io.stderr.write(question)
  // As a terminal, readline echoes what is typed to its output: which is nowhere.
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
  const terminal = createInterface({ input: io.stdin, output: nowhere, terminal: true })
  try {
    return await terminal.question('', { signal: io.interrupted })
  } catch (error) {
    // Ctrl-C arrives here as a key, since the terminal is in raw mode.
    throw new AppError('usage', 'no password was given', { cause: error })
  } finally {
    terminal.close()
    io.stderr.write('\n')
  }
}

async function readLine({ stdin }: CliIo): Promise<Secret> {
  const tooLong = () => new AppError('usage', 'the password on stdin is too long')
  const text = (await collectBytes(stdin, MAX_BYTES, tooLong)).toString('utf8')
  const [line = ''] = text.split(/\r?\n/, 1)
  if (line === '') {
    throw new AppError('usage', 'there is no password on stdin', {
      hint: 'Run it on a terminal, or pipe the password in: printf %s "$PASSWORD" | haivemind user add ada',
    })
  }
  return new Secret(line)
}
