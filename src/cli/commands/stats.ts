import type { StatsJson } from '../../api/schema/platform.ts'
import type { Command } from '../command.ts'
import { formatBytes, formatDuration, formatPercent } from '../humanise.ts'
import { openClient } from '../servers.ts'

export const stats: Command = {
  name: 'stats',
  group: 'operate',
  summary: 'show servers, load and calls of the whole platform',
  takes: [0, 0],
  examples: [
    ['haivemind stats', 'for reading'],
    ['haivemind stats --json', 'for scripts'],
  ],
  async run({ io, print }) {
    const found = await (await openClient(io)).get<StatsJson>('/stats')
    print.result(found, () => {
      const { servers, usage, calls_last_hour: calls } = found
      const states = Object.entries(servers.by_status).filter(([, count]) => count > 0)
      const split = states.map(([state, count]) => `${count} ${state}`).join(', ')
      print.line(`servers    ${servers.total} of at most ${servers.max}${split === '' ? '' : ` (${split})`}`)
      print.line(`memory     ${formatBytes(usage.memory_bytes)}`)
      print.line(`cpu        ${formatPercent(usage.cpu_percent)} of a core`)
      print.line(`processes  ${usage.processes}`)
      print.line(`calls      ${calls.total} in the last hour, ${calls.failed} failed`)
      print.line(`uptime     ${formatDuration(found.uptime_seconds)}`)
    })
    return 0
  },
}
