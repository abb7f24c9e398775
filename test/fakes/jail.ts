/** A jail for tests of what is around it: it runs nothing, records each job, and lets the test play the installer. */
import type { Jail, JailJob, JailResult, Tool } from '../../src/intake/ports.ts'

export type FakeJail = Jail & { readonly jobs: JailJob[] }

export function createFakeJail(
  options: {
    readonly tools?: readonly Tool['name'][]
    readonly onRun?: (job: JailJob) => Promise<Partial<JailResult> | void>
  } = {},
): FakeJail {
  const jobs: JailJob[] = []
  const tools = options.tools ?? ['python', 'node', 'bash', 'npm']
  const argv: Readonly<Record<Tool['name'], readonly string[]>> = {
    python: ['/usr/bin/python3'],
    node: ['/opt/node/bin/node'],
    bash: ['/bin/bash'],
    npm: ['/opt/node/bin/node', '/opt/npm/bin/npm-cli.js'],
    uv: ['/usr/bin/uv'],
  }
  return {
    jobs,
    async run(job) {
      jobs.push(job)
      return { outcome: 'exited', code: 0, seconds: 0, ...(await options.onRun?.(job)) }
    },
    findTool: async (name) =>
      tools.includes(name) ? { name, argv: argv[name], version: `${name} 1.0` } : null,
    runtimes: async () => ['python', 'node', 'bash'],
  }
}
