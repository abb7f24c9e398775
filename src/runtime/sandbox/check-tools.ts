/** For doctor: which interpreters and installers a sandbox here can offer, each proved by running it inside one. */
import { runProcess } from '../../system/spawn.ts'
import type { HostProbe } from '../ports.ts'
import { TOOL_NAMES, type ToolName, type Tools } from './find-tools.ts'
import { INSIDE } from './interpreters.ts'

/** What is lost without the tool, and how to get it. */
const WITHOUT: Readonly<Record<ToolName, { readonly loss: string; readonly fix: string }>> = {
  python: {
    loss: 'Python servers cannot run',
    fix: 'Install it: apt-get install python3 python3-venv.',
  },
  node: {
    loss: 'Node servers cannot run',
    fix: 'Install libatomic1 and libstdc++6: apt-get install libatomic1.',
  },
  bash: { loss: 'bash servers cannot run', fix: 'Install it: apt-get install bash.' },
  npm: { loss: 'dependencies of Node servers cannot be installed', fix: 'Install it: apt-get install npm.' },
  uv: {
    loss: 'Python dependencies are installed with venv and pip, held to the versions of uv.lock, without its hashes',
    fix: 'Install the uv binary to /usr/local/bin.',
  },
}

export async function checkTools(tools: Tools): Promise<HostProbe['checks']> {
  const checks = TOOL_NAMES.map(async (name): Promise<HostProbe['checks'][number]> => {
    const found = await tools.find(name)
    const id = `tool-${name}`
    if (found !== null)
      return { id, area: 'runtimes', status: 'ok', found: `${name} ${found.version}`, fix: null }
    const { loss, fix } = WITHOUT[name]
    return { id, area: 'runtimes', status: 'warn', found: `no ${name} in the sandbox: ${loss}`, fix }
  })
  return Promise.all(checks)
}

/** Debian ships these two modules apart from Python itself; a sandbox has the same /usr. */
export async function checkVenv(python: string = INSIDE.python): Promise<HostProbe['checks'][number]> {
  const argv = [python, '-I', '-c', 'import ensurepip, venv']
  const { code } = await runProcess(argv, { environment: {}, timeoutMs: 10_000 })
  const isThere = code === 0
  return {
    id: 'python-venv',
    area: 'runtimes',
    status: isThere ? 'ok' : 'warn',
    found: isThere
      ? 'Python makes virtual environments'
      : 'dependencies of Python servers cannot be installed',
    fix: isThere ? null : 'Install it: apt-get install python3-venv.',
  }
}
