/** What is tested end to end is what is shipped: the compiled program. */
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'

export function setup(): void {
  execFileSync(join(import.meta.dirname, '../../script/build'), { stdio: 'inherit' })
}
