/** Prometheus's own checker: on the machine, or where script/prepare put it. */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from './platform.ts'

const OWN = join(ROOT, 'out/tools/promtool')
export const PROMTOOL = existsSync(OWN) ? OWN : 'promtool'
export const hasPromtool = spawnSync(PROMTOOL, ['--version']).status === 0
