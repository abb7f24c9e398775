import { runProcess } from './spawn.ts'

/**
 * A dump of the daemon would hold what it decrypted. Answers whether there can be none; Node has no call for the limit,
 * so prlimit(1) sets it from outside.
 */
export async function forbidCoreDumps(): Promise<boolean> {
  const { code } = await runProcess(['prlimit', `--pid=${process.pid}`, '--core=0:0'], {
    environment: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' },
    timeoutMs: 5_000,
  })
  return code === 0
}
