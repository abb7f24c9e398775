/** Every fault, in the order of docs/faults.md. One that nobody caused yet says why. */
import type { Fault, FaultId } from './fault.ts'
import { f01 } from './f01-kill-daemon.ts'
import { f02 } from './f02-kill-instances.ts'
import { f11 } from './f11-port-in-use.ts'
import { f14 } from './f14-streams.ts'
import { f24 } from './f24-exit-at-boot.ts'
import { f27 } from './f27-invalid-reload.ts'
import { f28 } from './f28-second-daemon.ts'
import { f29 } from './f29-simulation.ts'

export type NotYet = { readonly id: FaultId; readonly notYet: string }

export const REGISTRY: readonly (Fault | NotYet)[] = [
  f01,
  f02,
  { id: 'F3', notYet: 'nothing stops an instance or the daemon with SIGSTOP yet' },
  { id: 'F4', notYet: 'proved in single tests; not measured' },
  { id: 'F5', notYet: 'proved in single tests; what neighbours notice is not measured' },
  { id: 'F6', notYet: 'no disk is filled yet' },
  { id: 'F7', notYet: 'the file port injects no errors yet' },
  { id: 'F8', notYet: 'nothing starts on a read-only or wrongly owned directory yet' },
  { id: 'F9', notYet: 'no database is damaged on purpose yet' },
  { id: 'F10', notYet: 'no clock is moved under a daemon yet' },
  f11,
  { id: 'F12', notYet: 'the daemon is not starved of descriptors or processes yet' },
  { id: 'F13', notYet: 'no slow senders in numbers yet' },
  f14,
  { id: 'F15', notYet: 'proved by a contract test; not against a daemon' },
  { id: 'F16', notYet: 'no log is flooded at this size yet' },
  { id: 'F17', notYet: 'proved by contract tests; not against a daemon' },
  { id: 'F18', notYet: 'proved by single servers; not together' },
  { id: 'F19', notYet: 'proved by unit tests; not against a daemon' },
  { id: 'F20', notYet: 'measured by the benchmark `relay`, not as a fault' },
  { id: 'F21', notYet: 'measured by the benchmark `soak`, not over hours' },
  { id: 'F22', notYet: 'no crowd of uploads is cancelled yet' },
  { id: 'F23', notYet: 'no migration is interrupted yet' },
  f24,
  { id: 'F25', notYet: 'what servers reach outside is not disturbed yet' },
  { id: 'F26', notYet: 'no upload is scanned in a small control group yet' },
  f27,
  f28,
  f29,
  { id: 'F30', notYet: 'archives are fuzzed by a contract test; nothing else is' },
]

export function listFaults(): readonly Fault[] {
  return REGISTRY.filter((entry) => 'run' in entry)
}
