import { useServerName } from '../../lib/use-server.ts'
import { LogPanel } from '../../parts/log-view/log-panel.tsx'

export function Page() {
  return <LogPanel servers={[useServerName()]} />
}
