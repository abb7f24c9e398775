/** Every verb, in the order of the help. */
import type { Command } from './command.ts'
import { serve } from './commands/serve.ts'

export const COMMANDS: readonly Command[] = [serve]

export function findCommand(word: string): Command | null {
  return COMMANDS.find((command) => command.name === word || (command.aliases ?? []).includes(word)) ?? null
}
