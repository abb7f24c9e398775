/**
 * Way 4: a plain user's subordinate uids (subuid(5)), reached through a process that holds a user namespace with
 * all of them. Inside it the platform's user is root: it can give files to a server's uid, take them back, and start
 * sandboxes whose uid drops to one of the range. The setuid programs newuidmap and newgidmap check the grant.
 */
import { once } from 'node:events'
import type { UidBlock } from '../../domain/uid-block.ts'
import { isAlive, findProcess, type ProcessIdentity } from '../../system/process-table.ts'
import { collectText, pipeOf, spawnProcess } from '../../system/spawn.ts'
import type { UidRange } from '../../system/uid-ranges.ts'

export interface UidHolder {
  /** What a command begins with to run inside, as its root. A holder that died is replaced. */
  enter(): Promise<readonly string[]>
  /** A uid of the host as it reads inside. */
  inside(uid: number): number
}

export type HolderPrograms = Readonly<Record<'unshare' | 'nsenter' | 'cat', string>>

const DEADLINE_MS = 10_000

/** @param block must lie in `range`. Rejects with the reason when the namespace cannot be made. */
export async function openUidHolder(
  programs: HolderPrograms,
  range: UidRange,
  block: UidBlock,
): Promise<UidHolder> {
  let held = await hold(programs, range)
  return {
    async enter() {
      if (!isAlive(held)) held = await hold(programs, range)
      return [programs.nsenter, '-t', String(held.pid), '-U', '-S', '0', '-G', '0', '--']
    },
    inside(uid) {
      if (uid < block.first || uid >= block.first + block.count) {
        throw new RangeError(`uid ${uid} is not one of ${block.first} to ${block.first + block.count - 1}`)
      }
      return uid - range.first + 1
    },
  }
}

async function hold({ unshare, cat }: HolderPrograms, { first, count }: UidRange): Promise<ProcessIdentity> {
  const map = `${first},1,${count}`
  const maps = ['--map-user=0', '--map-group=0', `--map-users=${map}`, `--map-groups=${map}`]
  const child = spawnProcess([unshare, '--user', ...maps, '--', cat], {
    environment: {},
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  const complaint = collectText(child.stderr, 2048)
  const [input, output] = [pipeOf(child, 0), pipeOf(child, 1)]
  for (const stream of [input, output]) stream.on('error', () => undefined)
  // It echoes once the maps are written; it leaves when the daemon's end of its input is closed, by death too.
  input.write('ready\n')
  const failure = Promise.race([
    once(child, 'exit').then(() => complaint().trim() || 'it ended'),
    once(child, 'error').then((error) => String(error)),
    new Promise<string>((resolve) => setTimeout(resolve, DEADLINE_MS, 'it does not answer').unref()),
  ])
  const why = await Promise.race([once(output, 'data').then(() => null), failure])
  const found = why === null && child.pid !== undefined ? findProcess(child.pid) : null
  if (found === null) {
    child.kill('SIGKILL')
    throw new Error(`the subordinate uids cannot be used: ${why ?? 'the holder ended'}`)
  }
  child.unref()
  for (const stream of [input, output, child.stderr]) unref(stream)
  return { pid: found.pid, startTime: found.startTime }
}

/** Pipes of a child keep the event loop alive, which a holder must not. */
function unref(stream: unknown): void {
  if (
    typeof stream === 'object' &&
    stream !== null &&
    'unref' in stream &&
    typeof stream.unref === 'function'
  ) {
    stream.unref()
  }
}
