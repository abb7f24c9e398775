import type { SetupCodeJson } from '../../api/schema/people.ts'
import type { Command } from '../command.ts'
import { openClient } from '../servers.ts'

export const setupCode: Command = {
  name: 'setup-code',
  group: 'access',
  summary: 'make a new setup code for the first administrator',
  takes: [0, 0],
  details:
    'The platform prints a code at its start for as long as it has no administrator. It is valid for 15 minutes and\n' +
    '5 tries; this one takes its place.',
  examples: [
    ['haivemind setup-code', 'print a new code'],
    ['haivemind setup-code --json', 'with the time until which it is valid'],
  ],
  async run({ io, print }) {
    const answer = await (await openClient(io)).send<SetupCodeJson>('POST', '/setup/code', {})
    print.result(answer, () => {
      print.note(`valid until ${answer.expires_at}`)
      print.line(answer.code)
    })
    return 0
  },
}
