/** Who goes first when memory runs out. */
import { writeFileSync } from 'node:fs'

/**
 * The kernel ends this process, a child of ours, before any other (proc(5), oom_score_adj): never the daemon for what a
 * child took. Everybody may make a process of their own a likelier victim.
 */
export function endFirst(pid: number): void {
  try {
    writeFileSync(`/proc/${pid}/oom_score_adj`, '1000')
  } catch {
    // It has ended already.
  }
}
