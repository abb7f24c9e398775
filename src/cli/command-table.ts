/** Every verb, in the order of the help. What a command needs is loaded when it is called: most need little. */
import type { Command } from './command.ts'

type Entry = readonly [words: readonly [name: string, ...aliases: string[]], load: () => Promise<Command>]

const TABLE: readonly Entry[] = [
  [['serve'], async () => (await import('./commands/serve.ts')).serve],
  [['service'], async () => (await import('./commands/service.ts')).service],
  [['doctor'], async () => (await import('./commands/doctor.ts')).doctor],
  [['selftest'], async () => (await import('./commands/selftest.ts')).selftest],
  [['config'], async () => (await import('./commands/config.ts')).config],
  [['audit'], async () => (await import('./commands/audit.ts')).audit],
  [['backup'], async () => (await import('./commands/backup.ts')).backup],
  [['cleanup'], async () => (await import('./commands/cleanup.ts')).cleanup],
  [['deploy'], async () => (await import('./commands/deploy.ts')).deploy],
  [['operations'], async () => (await import('./commands/operations.ts')).operations],
  [['cancel'], async () => (await import('./commands/cancel.ts')).cancel],
  [['pack'], async () => (await import('./commands/pack.ts')).pack],
  [['scan'], async () => (await import('./commands/scan.ts')).scan],
  [['findings'], async () => (await import('./commands/findings.ts')).findings],
  [['approve'], async () => (await import('./commands/approve.ts')).approve],
  [['suppress'], async () => (await import('./commands/suppress.ts')).suppress],
  [['versions'], async () => (await import('./commands/versions.ts')).versions],
  [['rollback'], async () => (await import('./commands/rollback.ts')).rollback],
  [['list', 'ls'], async () => (await import('./commands/list.ts')).list],
  [['status'], async () => (await import('./commands/status.ts')).status],
  [['start'], async () => (await import('./commands/change-state.ts')).start],
  [['stop'], async () => (await import('./commands/change-state.ts')).stop],
  [['restart'], async () => (await import('./commands/change-state.ts')).restart],
  [['wait'], async () => (await import('./commands/wait.ts')).wait],
  [['delete', 'rm'], async () => (await import('./commands/delete.ts')).remove],
  [['restore'], async () => (await import('./commands/restore.ts')).restore],
  [['set'], async () => (await import('./commands/set.ts')).set],
  [['pins'], async () => (await import('./commands/pins.ts')).pins],
  [['secret'], async () => (await import('./commands/secret.ts')).secret],
  [['logs'], async () => (await import('./commands/logs.ts')).logs],
  [['events'], async () => (await import('./commands/events.ts')).events],
  [['incidents'], async () => (await import('./commands/incidents.ts')).incidents],
  [['notify'], async () => (await import('./commands/notify.ts')).notify],
  [['memory'], async () => (await import('./commands/memory.ts')).memory],
  [['optimize'], async () => (await import('./commands/optimize.ts')).optimize],
  [['stats'], async () => (await import('./commands/stats.ts')).stats],
  [['tools'], async () => (await import('./commands/tools.ts')).tools],
  [['resources'], async () => (await import('./commands/resources.ts')).resources],
  [['prompts'], async () => (await import('./commands/prompts.ts')).prompts],
  [['call'], async () => (await import('./commands/call.ts')).call],
  [['connect'], async () => (await import('./commands/connect.ts')).connect],
  [['client'], async () => (await import('./commands/client.ts')).client],
  [['token'], async () => (await import('./commands/token.ts')).token],
  [['user'], async () => (await import('./commands/user.ts')).user],
  [['setup-code'], async () => (await import('./commands/setup-code.ts')).setupCode],
]

/** What may be typed for a command. */
export const COMMAND_WORDS: readonly string[] = TABLE.flatMap(([words]) => words)

export async function findCommand(word: string): Promise<Command | null> {
  const entry = TABLE.find(([words]) => words.includes(word))
  return entry === undefined ? null : await entry[1]()
}

/** All of them, for the help. */
export async function loadCommands(): Promise<readonly Command[]> {
  return await Promise.all(TABLE.map(([, load]) => load()))
}
