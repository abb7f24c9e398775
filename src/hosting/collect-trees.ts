import type { HostingContext } from './context.ts'

/**
 * Removes installed trees that no version names. Not while a deployment goes on: its tree has no version yet,
 * and it will collect when it ends.
 */
export async function collectTrees(context: HostingContext): Promise<void> {
  if ([...context.live.values()].some(({ recorder }) => recorder.current().status === 'running')) return
  await context.intake.collect(await context.versions.listTreeHashes())
}
