/** For doctor: which of the programs that make sandboxes are missing, and what brings them. */
import type { HostProbe } from '../ports.ts'
import { PROGRAM_NAMES, type SandboxHost } from './open-host.ts'

/** Debian's names; what is not here is of util-linux. */
const PACKAGES: Readonly<Partial<Record<(typeof PROGRAM_NAMES)[number], string>>> = {
  bwrap: 'bubblewrap',
  ip: 'iproute2',
  sh: 'dash',
  mount: 'mount',
  mkfifo: 'coreutils',
  chown: 'coreutils',
}

export function checkPrograms(programs: SandboxHost['programs']): HostProbe['checks'] {
  const missing = PROGRAM_NAMES.filter((name) => programs[name] === undefined)
  const packages = [...new Set(missing.map((name) => PACKAGES[name] ?? 'util-linux'))]
  const isWhole = missing.length === 0
  const found = isWhole
    ? 'the programs that make sandboxes are installed'
    : `not installed: ${missing.join(', ')}`
  return [
    {
      id: 'programs',
      area: 'sandbox',
      status: isWhole ? 'ok' : 'fail',
      found,
      fix: isWhole ? null : `Install them: apt-get install ${packages.join(' ')}.`,
    },
  ]
}
