/** Answers each line on stdin with the processor time this process has used so far, in microseconds. */
import { createInterface } from 'node:readline'

export function answerCpuQuestions(): void {
  createInterface({ input: process.stdin }).on('line', () => {
    const { user, system } = process.cpuUsage()
    process.stdout.write(`${user + system}\n`)
  })
}
