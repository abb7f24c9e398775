/** From an ended instance's evidence to what people read: a sentence, the next step, the last of stderr. */
import type { Exit } from '../../domain/server-state.ts'
import type { InstanceEnd } from '../ports.ts'

const MISSING: readonly { readonly pattern: RegExp; readonly hint: (name: string) => string }[] = [
  {
    pattern: /(?:ModuleNotFoundError|ImportError): No module named '?([\w.-]+)'?/,
    hint: (name) =>
      `Add ${name.split('.')[0]} to requirements.txt or pyproject.toml, or correct the import, and deploy again.`,
  },
  {
    pattern: /Cannot find (?:module|package) '([^'\n]{1,200})'/,
    hint: (name) =>
      /^[./]/.test(name)
        ? `The archive lacks the file ${name}: pack it, or correct the import, and deploy again.`
        : `Add ${name} to "dependencies" in package.json and deploy again.`,
  },
  {
    pattern: /(?:^|\n)[^\n]*: (?:line \d+: )?([\w./+-]+): (?:command )?not found/,
    hint: (name) => `The sandbox has no command ${name}: bring it in the archive or do without it.`,
  },
]

const HINTS: Readonly<Partial<Record<Exit['cause'], string>>> = {
  exited:
    'Read the lines it wrote below; a server has to keep running and answer on standard input and output.',
  signalled: 'Read the lines it wrote below.',
  out_of_memory: 'Raise resource_limits.memory_mb, or find what takes the memory.',
  start_timeout:
    'Read the lines it wrote below; a server that needs longer sets start_timeout, one that speaks HTTP has to offer stdio.',
  init_failed: 'Test the server with any MCP client over stdio, and read the lines it wrote below.',
  health: 'It hangs: look for a blocking call or an endless loop.',
  protocol: 'Only JSON-RPC lines may go to standard output; write everything else to standard error.',
  platform: 'See haivemind doctor.',
}

/** `end.detail` is a sentence already; what follows from stderr is added. */
export function buildExit(end: InstanceEnd, stderrTail: string): Exit {
  return { ...end, hint: end.cause === 'asked' ? null : findHint(end, stderrTail), stderrTail }
}

/** What stderr names comes before what the backend knows, and that before what the cause alone suggests. */
function findHint(end: InstanceEnd, stderrTail: string): string | null {
  if (end.cause === 'exited' || end.cause === 'init_failed' || end.cause === 'start_timeout') {
    for (const { pattern, hint } of MISSING) {
      const name = pattern.exec(stderrTail)?.[1]
      if (name !== undefined) return hint(name)
    }
  }
  return end.hint ?? HINTS[end.cause] ?? null
}
