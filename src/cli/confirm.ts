import { createInterface } from 'node:readline/promises'
import type { CliIo } from './io.ts'

/** Asks on stderr, so that stdout stays data. Only `y` and `yes` agree. */
export async function confirm(io: CliIo, question: string): Promise<boolean> {
  const terminal = createInterface({ input: io.stdin, output: io.stderr })
  try {
    const answer = await terminal.question(question, { signal: io.interrupted })
    return ['y', 'yes'].includes(answer.trim().toLowerCase())
  } finally {
    terminal.close()
  }
}
