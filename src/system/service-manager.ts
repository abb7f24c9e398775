/**
 * systemd, when it started this process: readiness, and proof of life from the event loop (sd_notify(3)). Node opens no
 * Unix datagram sockets, so systemd's own helper speaks; the unit says NotifyAccess=all.
 */
import { runProcess, type ProcessResult } from './spawn.ts'

export interface ServiceManager {
  /** From here on proofs of life are expected, where the unit asks for any. */
  ready(): Promise<void>
  stopping(): Promise<void>
  close(): void
}

type Environment = Readonly<Record<string, string>>
type Send = (words: readonly string[]) => Promise<Pick<ProcessResult, 'code' | 'stderr'>>

const HELPER_TIMEOUT_MS = 10_000
/** Proofs of life in one period of the watchdog: one may be late, and one be lost. */
const PROOFS = 3

/**
 * Null where no service manager asked to be told.
 * @param onProblem what the helper answered when it failed; the daemon goes on
 */
export function openServiceManager(
  environment: Environment,
  pid: number,
  onProblem: (text: string) => void,
  send: Send = createHelper(environment),
): ServiceManager | null {
  if ((environment['NOTIFY_SOCKET'] ?? '') === '') return null
  const period = findWatchdogPeriod(environment, pid)
  let timer: ReturnType<typeof setInterval> | undefined
  let isUnderWay = false
  const tell = async (...words: string[]) => {
    const { code, stderr } = await send(words)
    if (code !== 0) onProblem(`systemd-notify ${words.join(' ')}: ${stderr.trim() || `exit ${code}`}`)
  }
  const proveLife = () => {
    // A helper that hangs proves nothing about this process, and must not pile up.
    if (isUnderWay) return
    isUnderWay = true
    void tell('WATCHDOG=1').finally(() => (isUnderWay = false))
  }
  return {
    async ready() {
      await tell('--ready', '--status=serving')
      if (period === null) return
      proveLife()
      timer = setInterval(proveLife, period / PROOFS)
    },
    stopping: () => tell('STOPPING=1', '--status=stopping'),
    close: () => clearInterval(timer),
  }
}

/** Milliseconds; null where no watchdog is set, or it is set for another process (sd_watchdog_enabled(3)). */
export function findWatchdogPeriod(environment: Environment, pid: number): number | null {
  const period = Number(environment['WATCHDOG_USEC'] ?? '')
  const meant = environment['WATCHDOG_PID'] ?? ''
  if (!Number.isFinite(period) || period <= 0) return null
  return meant === '' || meant === String(pid) ? period / 1000 : null
}

function createHelper(environment: Environment): Send {
  const socket = environment['NOTIFY_SOCKET'] ?? ''
  return (words) =>
    runProcess(['systemd-notify', ...words], {
      environment: { PATH: '/usr/bin:/bin', NOTIFY_SOCKET: socket },
      timeoutMs: HELPER_TIMEOUT_MS,
    })
}
