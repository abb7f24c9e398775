import { setTimeout as sleep } from 'node:timers/promises'
import { readStatus } from '../e2e/servers.ts'
import { expectSame, type Fault, type FaultContext } from './fault.ts'
import { callTool, deployChaos, openPlatform } from './hosted.ts'

const WAYS = ['plain', 'twice', 'stranger', 'pair', 'pair'] as const

export const f19: Fault = {
  id: 'F19',
  title: 'answers doubled, unknown, missing, out of order',
  async run(c: FaultContext) {
    const platform = await openPlatform(c)
    const token = await platform.token()
    await deployChaos(platform, 'confused', { call_timeout_seconds: 3 })
    const calls = c.size === 'full' ? 20_000 : 500
    let wrong = 0
    let unanswered = 0
    for (let done = 0; done < calls && !c.signal.aborted; done += 10) {
      // Two of a kind for each pair, in an order that is left to chance; none are kept for the end.
      const ways = [...WAYS, ...WAYS].toSorted(() => c.random() - 0.5)
      const answers = await Promise.all(
        ways.map((how, at) =>
          callTool(platform, token, 'confused', { how, tag: `${done}/${at}` }).catch(() => null),
        ),
      )
      unanswered += answers.filter((answer) => answer === null).length
      wrong += answers.filter((answer, at) => answer !== null && answer !== `${done}/${at}`).length
    }
    c.figure('calls', calls, 'calls')
    c.figure('answers of another call', wrong, 'calls', { atMost: 0 })
    c.figure('calls without an answer', unanswered, 'calls', { atMost: 0 })
    const missing = await Promise.all(
      Array.from({ length: 3 }, () => callTool(platform, token, 'confused', { how: 'none' }).catch(String)),
    )
    const timedOut = missing.filter((end) => end.includes('call_timeout')).length
    expectSame(c, 'calls that are never answered end by their deadline', timedOut, 3)
    await sleep(200)
    const { processes } = (await readStatus(platform, 'confused')) as unknown as {
      processes: readonly { in_flight: number }[]
    }
    expectSame(
      c,
      'calls left pending',
      processes.map(({ in_flight }) => in_flight),
      processes.map(() => 0),
    )
  },
}
