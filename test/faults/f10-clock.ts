import { alice, createTestHosting } from '../fakes/hosting.ts'
import { expectSame, type Fault, type FaultContext } from './fault.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const YEAR = 365 * DAY
/** What is set to what: an hour, ten years, and the small steps of a bad time server. */
const JUMPS = [HOUR, -HOUR, 10 * YEAR, -10 * YEAR, ...Array.from({ length: 20 }, () => -1000)]

/**
 * The wall clock of a machine is not ours to set: the parts that judge by it run on one that is moved, with everything
 * else as it is.
 */
export const f10: Fault = {
  id: 'F10',
  title: 'the wall clock is set by an hour, by ten years, and back by seconds',
  async run(c: FaultContext) {
    let early = 0
    for (let round = 0; round < (c.size === 'full' ? 200 : 10); round++) {
      const test = createTestHosting()
      await test.deploy('expires', './run.sh')
      await test.hosting.set('expires', { expiresAt: '30d' }, alice)
      const starts = test.supervision.starts.length
      const jumps = JUMPS.toSorted(() => c.random() - 0.5)
      for (const jump of jumps) {
        test.clock.set(test.clock.now() + jump)
        test.clock.advance(Math.floor(c.random() * HOUR))
        await test.hosting.cleanUp(alice)
        early += (await test.hosting.listArchived()).length
      }
      expectSame(c, 'starts while the clock was moved', test.supervision.starts.length, starts)
      expectSame(c, 'servers that are hosted', (await test.hosting.list()).length, 1)
      // What waits goes by the other clock.
      let rang = 0
      test.clock.after(1000, () => rang++)
      test.clock.set(test.clock.now() - 10 * YEAR)
      test.clock.advance(999)
      expectSame(c, 'a timeout that is not due', rang, 0)
      test.clock.set(test.clock.now() + 20 * YEAR)
      test.clock.advance(1)
      expectSame(c, 'a timeout that is due', rang, 1)
      test.clock.set(test.clock.now() - 10 * YEAR)
      // Steady for a day, and its time has come: it is believed.
      await test.hosting.cleanUp(alice)
      test.clock.advance(40 * DAY)
      await test.hosting.cleanUp(alice)
      const gone = (await test.hosting.listArchived()).map(({ server }) => server.name)
      expectSame(c, 'what is archived in the end', gone, ['expires'])
    }
    c.figure('servers that ended early', early, 'servers', { atMost: 0 })
  },
}
