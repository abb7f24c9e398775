/** For doctor: what the kernel lets the platform itself have, and what it offers beyond what sandboxes use. */
import { existsSync, readFileSync } from 'node:fs'
import type { HostCheck } from '../../domain/host-check.ts'
import { readRlimit } from '../../system/process-table.ts'

/** Each instance costs about 10, each client one. */
const FEW_FILES = 4096
const FEW_PROCESSES = 512

const MODULES = '/sys/kernel/security/lsm'

type Facts = {
  /** Hard bounds, as the kernel prints them; Node raises the soft one to it. */
  readonly openFiles: string
  readonly processes: string
  /** The kernel's security modules, with commas. */
  readonly modules: string
}

export function readLimitFacts(): Facts {
  return {
    openFiles: readRlimit(process.pid, 'Max open files')?.[1] ?? 'unlimited',
    processes: readRlimit(process.pid, 'Max processes')?.[0] ?? 'unlimited',
    modules: existsSync(MODULES) ? readFileSync(MODULES, 'utf8') : '',
  }
}

export function buildLimitChecks({ openFiles, processes, modules }: Facts): readonly HostCheck[] {
  const isFew = (bound: string, few: number) => bound !== 'unlimited' && Number(bound) < few
  const build = (id: string, what: string, bound: string, few: number, fix: string): HostCheck => ({
    id,
    area: 'isolation',
    status: isFew(bound, few) ? 'warn' : 'ok',
    found: `the platform may have ${bound} ${what}`,
    fix: isFew(bound, few) ? fix : null,
  })
  const hasLandlock = modules.split(',').includes('landlock')
  return [
    {
      id: 'landlock',
      area: 'isolation',
      status: 'ok',
      found: `the kernel ${hasLandlock ? 'offers' : 'does not offer'} Landlock; no protection here rests on it`,
      fix: null,
    },
    build(
      'open_files',
      'open files',
      openFiles,
      FEW_FILES,
      'Start it under ulimit -Hn 65536, or with LimitNOFILE=65536.',
    ),
    build(
      'processes',
      'processes',
      processes,
      FEW_PROCESSES,
      'Start it under ulimit -u 4096, or with LimitNPROC=4096.',
    ),
  ]
}
