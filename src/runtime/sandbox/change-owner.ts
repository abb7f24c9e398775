/** Files change hands between the platform and a sandbox's uid, in every way that gives one. */
import { AppError } from '../../domain/error.ts'
import { removeTree } from '../../system/files.ts'
import { runProcess } from '../../system/spawn.ts'
import type { SandboxHost } from './open-host.ts'

/** What can give files away. */
export type Giver = Pick<SandboxHost, 'holder' | 'programs' | 'uids'>

/**
 * To `uid`, or back to the platform with null. A tree may hold tens of thousands of files: one program does it, off
 * the event loop, following no link. Nothing happens where sandboxes have the platform's own uid.
 */
export async function giveTo(
  host: Giver,
  uid: number | null,
  paths: readonly string[],
  options: { readonly group?: 'platform'; readonly recursive?: boolean } = {},
): Promise<void> {
  if (host.uids === null || paths.length === 0) return
  const inside = uid === null ? 0 : (host.holder?.inside(uid) ?? uid)
  const owner = `${inside}:${options.group === 'platform' ? 0 : inside}`
  const chown = host.programs.chown ?? '/usr/bin/chown'
  const depth = options.recursive === false ? [] : ['-R', '-P']
  const enter = (await host.holder?.enter()) ?? []
  const result = await runProcess([...enter, chown, ...depth, '-h', owner, '--', ...paths], {
    environment: {},
    timeoutMs: 120_000,
  })
  if (result.code !== 0) {
    throw new AppError(
      'sandbox_failed',
      `Files could not change hands: ${result.stderr.trim().slice(0, 500)}`,
    )
  }
}

/** As `removeTree`, for what may belong to a sandbox's uid. */
export async function removeOwned(host: Giver, root: string, path: string): Promise<void> {
  // Root removes anybody's files; a plain user gets his subordinates' back first.
  if (host.holder !== null) await giveTo(host, null, [path]).catch(() => undefined)
  await removeTree(root, path)
}
