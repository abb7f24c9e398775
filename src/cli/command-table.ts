/** Every verb, in the order of the help. */
import type { Command } from './command.ts'
import { approve } from './commands/approve.ts'
import { audit } from './commands/audit.ts'
import { backup } from './commands/backup.ts'
import { call } from './commands/call.ts'
import { restart, start, stop } from './commands/change-state.ts'
import { cleanup } from './commands/cleanup.ts'
import { client } from './commands/client.ts'
import { config } from './commands/config.ts'
import { connect } from './commands/connect.ts'
import { remove } from './commands/delete.ts'
import { deploy } from './commands/deploy.ts'
import { doctor } from './commands/doctor.ts'
import { events } from './commands/events.ts'
import { findings } from './commands/findings.ts'
import { incidents } from './commands/incidents.ts'
import { list } from './commands/list.ts'
import { logs } from './commands/logs.ts'
import { memory } from './commands/memory.ts'
import { optimize } from './commands/optimize.ts'
import { pack } from './commands/pack.ts'
import { pins } from './commands/pins.ts'
import { restore } from './commands/restore.ts'
import { rollback } from './commands/rollback.ts'
import { scan } from './commands/scan.ts'
import { secret } from './commands/secret.ts'
import { selftest } from './commands/selftest.ts'
import { serve } from './commands/serve.ts'
import { service } from './commands/service.ts'
import { set } from './commands/set.ts'
import { setupCode } from './commands/setup-code.ts'
import { stats } from './commands/stats.ts'
import { status } from './commands/status.ts'
import { suppress } from './commands/suppress.ts'
import { token } from './commands/token.ts'
import { tools } from './commands/tools.ts'
import { user } from './commands/user.ts'
import { versions } from './commands/versions.ts'
import { cancel } from './commands/cancel.ts'
import { wait } from './commands/wait.ts'

export const COMMANDS: readonly Command[] = [
  serve,
  service,
  doctor,
  selftest,
  config,
  audit,
  backup,
  cleanup,
  deploy,
  cancel,
  pack,
  scan,
  findings,
  approve,
  suppress,
  versions,
  rollback,
  list,
  status,
  start,
  stop,
  restart,
  wait,
  remove,
  restore,
  set,
  pins,
  secret,
  logs,
  events,
  incidents,
  memory,
  optimize,
  stats,
  tools,
  call,
  connect,
  client,
  token,
  user,
  setupCode,
]

export function findCommand(word: string): Command | null {
  return COMMANDS.find((command) => command.name === word || (command.aliases ?? []).includes(word)) ?? null
}
