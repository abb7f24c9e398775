/** From an ended instance's evidence to what people read: a sentence, the next step, the last of stderr. */
import type { Exit } from '../../../domain/server-state.ts'
import type { InstanceEnd } from '../../ports.ts'
import { classifyExit, type ExitPhase } from './classify-exit.ts'
import { buildFingerprint } from './fingerprint.ts'

const MISSING: readonly { readonly pattern: RegExp; readonly hint: (name: string) => string }[] = [
  {
    // The package of a dotted name may well be installed, in a version that has no such part.
    pattern: /(?:ModuleNotFoundError|ImportError): No module named '?([\w.-]+)'?/,
    hint: (name) => {
      const [top, part] = name.split('.')
      const add = `Add ${top} to requirements.txt or pyproject.toml, or correct the import, and deploy again.`
      return part === undefined
        ? add
        : `Where ${top} is listed already, name there a version of it that has ${name}. Else: ${add}`
    },
  },
  {
    pattern: /Cannot find (?:module|package) '([^'\n]{1,200})'/,
    hint: (name) =>
      /^[./]/.test(name)
        ? `The archive lacks the file ${name}: pack it, or correct the import, and deploy again.`
        : `Add ${name} to "dependencies" in package.json and deploy again.`,
  },
  {
    pattern: /(?:bash|sh): (?:line \d+: )?(\/app\/[^\n:]{1,200}): No such file or directory/,
    hint: (name) => `The archive lacks the file ${name}: pack it, or correct "command", and deploy again.`,
  },
  {
    pattern: /can't open file '([^'\n]{1,200})'/,
    hint: (name) => `The archive lacks the file ${name}: pack it, or correct "command", and deploy again.`,
  },
  {
    pattern: /(?:^|\n)[^\n]*: (?:line \d+: )?([\w./+-]+): (?:command )?not found/,
    hint: (name) => `The sandbox has no command ${name}: bring it in the archive or do without it.`,
  },
]

/** libc, curl, Node and Python about a network that is not there. */
const NO_NETWORK =
  /Could not resolve host|Temporary failure in name resolution|Name or service not known|Network is unreachable|\b(?:ENETUNREACH|EAI_AGAIN|ENOTFOUND)\b/

/** Names are the proxy's to resolve: a program that asks a name server itself fails with egress too. */
const NETWORK_HINT =
  'A server reaches only the places that its "egress" names (haivemind set <name> egress=api.example.com), and those ' +
  'only through the proxy of HTTPS_PROXY and HTTP_PROXY. Declare them, have it use the proxy, or let it start without.'

/** What the shell that waits at the gate says when it cannot become the command: `sh: 8: exec: /app/x: not found`. */
const LAUNCHER_COMPLAINT = /\bexec: .*(?:not found|denied|No such file|cannot execute|Exec format)/

const HINTS: Readonly<Partial<Record<Exit['cause'], string>>> = {
  exited: 'A server has to keep running and answer on standard input and output.',
  out_of_memory: 'Raise resource_limits.memory_mb, or find what takes the memory.',
  start_timeout:
    'A server that needs longer sets start_timeout, one that speaks HTTP itself sets "transport": "http" and "port", one that buffers its answers has to flush them.',
  init_failed: 'Test the server with any MCP client over stdio.',
  health: 'It hangs: look for a blocking call or an endless loop.',
  protocol: 'Only JSON-RPC lines may go to standard output; write everything else to standard error.',
  platform: 'See haivemind doctor.',
}

/** Causes that the server's own words may explain. */
const SELF_INFLICTED: ReadonlySet<Exit['cause']> = new Set([
  'exited',
  'signalled',
  'start_timeout',
  'init_failed',
])

/** `end.detail` is a sentence already; what follows from stderr is added. */
export function buildExit(ended: InstanceEnd, stderrTail: string, phase: ExitPhase): Exit {
  const end = readCode(ended, stderrTail)
  const kind = classifyExit({ ...end, phase })
  return {
    ...end,
    class: kind,
    fingerprint: kind === null ? null : buildFingerprint(kind, end.detail),
    hint: kind === null ? null : findHint(end, stderrTail),
    stderrTail,
  }
}

/**
 * 126 and 127 are the launcher's only when it says so: a program that ends with them at once, for example bash
 * without its script, looks the same to a backend that saw nothing in between.
 */
function readCode(end: InstanceEnd, stderrTail: string): InstanceEnd {
  const launchers = end.cause === 'init_failed' && (end.code === 126 || end.code === 127)
  if (!launchers || LAUNCHER_COMPLAINT.test(stderrTail)) return end
  return { ...end, cause: 'exited', detail: `It ended by itself with code ${end.code}.`, hint: null }
}

/** What stderr names comes before what the backend knows, and that before what the cause alone suggests. */
function findHint(end: InstanceEnd, stderrTail: string): string | null {
  if (end.cause === 'exited' || end.cause === 'init_failed' || end.cause === 'start_timeout') {
    for (const { pattern, hint } of MISSING) {
      const name = pattern.exec(stderrTail)?.[1]
      if (name !== undefined) return hint(name)
    }
    if (NO_NETWORK.test(stderrTail)) {
      return NETWORK_HINT
    }
  }
  if (end.hint !== null) return end.hint
  const advice = HINTS[end.cause]
  if (!SELF_INFLICTED.has(end.cause)) return advice ?? null
  const read =
    stderrTail.trim() === ''
      ? 'It wrote nothing to stderr; what came on stdout is in its log.'
      : 'Its last lines of stderr tell more.'
  return advice === undefined ? read : `${read} ${advice}`
}
