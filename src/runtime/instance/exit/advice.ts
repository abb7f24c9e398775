/** For each class what it means and what to do, for whoever reads it; docs/troubleshooting.md shows the same table. */
import type { ExitClass } from '../../../domain/exit-class.ts'

export type ExitAdvice = { readonly means: string; readonly fix: string }

export const EXIT_ADVICE: Readonly<Record<ExitClass, ExitAdvice>> = {
  out_of_memory: {
    means: 'it ran out of memory',
    fix: 'Raise resource_limits.memory_mb, or find what takes the memory.',
  },
  missing_command: {
    means: 'a command cannot be run',
    fix: 'Correct "command" in server_config.json, or bring the program in the archive; a script names an interpreter that exists in its first line.',
  },
  missing_dependency: {
    means: 'something that it depends on is not installed',
    fix: 'Add it to requirements.txt, pyproject.toml or package.json and deploy again.',
  },
  missing_file: {
    means: 'a file is not there',
    fix: 'Pack the file into the archive, or correct its path, and deploy again.',
  },
  bad_code: {
    means: 'its code cannot run',
    fix: 'Correct the code that its last lines of stderr name, and deploy again.',
  },
  missing_secret: {
    means: 'a secret or setting that it needs is not set',
    fix: 'Set it with haivemind secret set, or haivemind set <name> environment.NAME=value; the server then starts by itself.',
  },
  bad_secret: {
    means: 'a key, token or password was refused',
    fix: 'Set the right one with haivemind secret set; the server then starts by itself.',
  },
  port_conflict: {
    means: 'the port that it wants is taken',
    fix: 'Two parts of it listen on one port, or an earlier process of it still does: have it listen once, on "port".',
  },
  dependency_down: {
    means: 'something that it depends on does not answer',
    fix: 'It is tried again until that answers: see whether the place is up, and whether its "egress" names it.',
  },
  egress_denied: {
    means: 'it may not reach what it wants to reach',
    fix:
      'A server reaches only the places that its "egress" names (haivemind set <name> egress=api.example.com), and those ' +
      'only through the proxy of HTTPS_PROXY and HTTP_PROXY. Declare them, have it use the proxy, or let it start without.',
  },
  permission: {
    means: 'it may not touch a file that it wants to touch',
    fix: 'Only /data and /tmp are writable: have it write there; /app is read-only.',
  },
  sandbox_denied: {
    means: 'it wants a system call that the sandbox forbids',
    fix: 'Have it do without (a browser: start it with --no-sandbox); see docs/sandbox.md for what is forbidden.',
  },
  resource_limit: {
    means: 'it reached a limit of processes, files or disk',
    fix: 'Raise resource_limits.max_processes or resource_limits.disk_mb, or make it use less.',
  },
  native_crash: {
    means: 'its program or a native part of it crashed',
    fix: 'Update the package with the native part, or see whether another version of it crashes too.',
  },
  protocol: {
    means: 'it does not speak the protocol as it should',
    fix: 'Test the server with any MCP client over stdio. Only JSON-RPC lines may go to standard output; write everything else to standard error.',
  },
  start_timeout: {
    means: 'it was not ready in time',
    fix: 'A server that needs longer sets start_timeout, one that speaks HTTP itself sets "transport": "http" and "port", one that buffers its answers has to flush them.',
  },
  unresponsive: {
    means: 'it does not answer any more',
    fix: 'It hangs: look for a blocking call or an endless loop.',
  },
  wrong_runtime: {
    means: 'it needs another version of its interpreter, or another kind of machine',
    fix: 'Deploy a version that fits what haivemind doctor shows, or let the operator install the interpreter that it needs.',
  },
  not_a_server: {
    means: 'it came to its end without ever being a server',
    fix: 'A stdio server keeps running and reads its standard input: see whether "command" starts the server itself.',
  },
  clean_exit: {
    means: 'it ended by itself as if its work were done',
    fix: 'A server has to keep running and answer on standard input and output.',
  },
  killed_externally: {
    means: 'somebody outside the platform killed it',
    fix: 'See the system log of the host: an administrator or the host’s own memory killer did it.',
  },
  platform_fault: {
    means: 'the platform could not start or keep it',
    fix: 'See haivemind doctor.',
  },
  unknown: {
    means: 'nothing that is known tells why',
    fix: 'See haivemind logs <name>. A server has to keep running and answer on standard input and output.',
  },
}
