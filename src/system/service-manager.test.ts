import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { findWatchdogPeriod, openServiceManager } from './service-manager.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const sent: string[] = []
beforeEach(() => void (sent.length = 0))
const ok = async (words: readonly string[]) => {
  sent.push(words.join(' '))
  return { code: 0, stderr: '' }
}
const open = (environment: Record<string, string>, send = ok, problems: string[] = []) =>
  openServiceManager(environment, 42, (text) => problems.push(text), send)

it('is nothing where nobody asked to be told', () => {
  expect(open({})).toBe(null)
  expect(open({ NOTIFY_SOCKET: '', WATCHDOG_USEC: '30000000' })).toBe(null)
})

it('says when it serves and when it stops', async () => {
  const manager = open({ NOTIFY_SOCKET: '/run/x' })
  await manager?.ready()
  await vi.advanceTimersByTimeAsync(3_600_000)
  await manager?.stopping()
  expect(sent).toEqual(['--ready --status=serving', 'STOPPING=1 --status=stopping'])
})

it('proves that it lives three times a period, until it is closed', async () => {
  const manager = open({ NOTIFY_SOCKET: '/run/x', WATCHDOG_USEC: '30000000', WATCHDOG_PID: '42' })
  await manager?.ready()
  await vi.advanceTimersByTimeAsync(30_000)
  expect(sent).toEqual(['--ready --status=serving', ...Array.from({ length: 4 }, () => 'WATCHDOG=1')])
  manager?.close()
  await vi.advanceTimersByTimeAsync(30_000)
  expect(sent.length).toBe(5)
})

it('starts no second helper beside one that hangs', async () => {
  const hang = (words: readonly string[]) => {
    sent.push(words.join(' '))
    return words[0] === '--ready'
      ? Promise.resolve({ code: 0, stderr: '' })
      : new Promise<{ code: number; stderr: string }>(() => {})
  }
  await open({ NOTIFY_SOCKET: '/run/x', WATCHDOG_USEC: '3000000' }, hang)?.ready()
  await vi.advanceTimersByTimeAsync(60_000)
  expect(sent).toEqual(['--ready --status=serving', 'WATCHDOG=1'])
})

it('goes on and says why when the helper fails', async () => {
  const problems: string[] = []
  const fail = async () => ({ code: 1, stderr: 'No such file or directory\n' })
  await open({ NOTIFY_SOCKET: '/run/x' }, fail, problems)?.ready()
  expect(problems).toEqual(['systemd-notify --ready --status=serving: No such file or directory'])
})

it.each([
  [{}, null],
  [{ WATCHDOG_USEC: '30000000' }, 30_000],
  [{ WATCHDOG_USEC: '30000000', WATCHDOG_PID: '42' }, 30_000],
  [{ WATCHDOG_USEC: '30000000', WATCHDOG_PID: '41' }, null],
  [{ WATCHDOG_USEC: '0' }, null],
  [{ WATCHDOG_USEC: 'soon' }, null],
])('reads the period of %j', (environment, period) => {
  expect(findWatchdogPeriod(environment as Record<string, string>, 42)).toBe(period)
})
