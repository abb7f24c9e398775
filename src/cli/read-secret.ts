/** The value of a secret: from a file, from standard input, or typed without an echo. Never from an argument, which `ps` shows. */
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { collectBytes } from '../domain/collect-bytes.ts'
import { AppError } from '../domain/error.ts'
import { MAX_SECRET_BYTES } from '../domain/secret-declaration.ts'
import { Secret } from '../domain/secret.ts'
import type { CliIo } from './io.ts'

/** @param file as given on the command line; its bytes are taken as they are. */
export async function readSecret(io: CliIo, name: string, file?: string): Promise<Secret> {
  if (file !== undefined) return new Secret(await readSecretFile(resolve(io.cwd, file)))
  if (io.stdin.isTTY === true) return new Secret(await askHidden(io, `${name}: `))
  const bytes = await collectBytes(io.stdin, MAX_SECRET_BYTES + 2, buildTooLong)
  // The line break that echo adds is nobody's secret.
  return new Secret(Buffer.from(bytes.toString('latin1').replace(/\r?\n$/, ''), 'latin1'))
}

function buildTooLong(): AppError {
  return new AppError('invalid_secret', `the value is longer than ${MAX_SECRET_BYTES} bytes`)
}

async function readSecretFile(path: string): Promise<Buffer> {
  const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    throw new AppError('usage', `--from-file: ${error.code === 'ENOENT' ? 'no such file' : error.message}`)
  })
  if (bytes.length > MAX_SECRET_BYTES) throw buildTooLong()
  return bytes
}

/** Raw mode: the terminal neither echoes nor acts on what is typed, so Ctrl-C is ours to see. */
async function askHidden({ stdin, stderr, interrupted }: CliIo, question: string): Promise<string> {
  stderr.write(question)
  stdin.setRawMode?.(true)
  let typed = ''
  try {
    for await (const chunk of stdin) {
      for (const character of String(chunk)) {
        if (character === '\r' || character === '\n' || character === '\u0004') return typed
        if (character === '\u0003' || interrupted.aborted) throw new AppError('usage', 'no value was given')
        typed = character === '\u007f' || character === '\b' ? typed.slice(0, -1) : typed + character
      }
    }
    return typed
  } finally {
    stdin.setRawMode?.(false)
    stderr.write('\n')
  }
}
