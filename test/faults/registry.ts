/** Every fault, in the order of docs/faults.md. One that nobody caused yet says why. */
import type { Fault, FaultId } from './fault.ts'
import { f01 } from './f01-kill-daemon.ts'
import { f02 } from './f02-kill-instances.ts'
import { f03 } from './f03-stopped-processes.ts'
import { f04 } from './f04-stubborn-tree.ts'
import { f05 } from './f05-greedy-servers.ts'
import { f11 } from './f11-port-in-use.ts'
import { f12 } from './f12-few-descriptors.ts'
import { f13 } from './f13-slow-senders.ts'
import { f14 } from './f14-streams.ts'
import { f15 } from './f15-reader-that-does-not-read.ts'
import { f17 } from './f17-nobody-reads.ts'
import { f18 } from './f18-garbage.ts'
import { f19 } from './f19-wrong-answers.ts'
import { f23 } from './f23-kill-migration.ts'
import { f20 } from './f20-many-calls.ts'
import { f21 } from './f21-soak.ts'
import { f25 } from './f25-bad-network.ts'
import { f24 } from './f24-exit-at-boot.ts'
import { f06 } from './f06-disk-full.ts'
import { f07 } from './f07-file-errors.ts'
import { f08 } from './f08-read-only.ts'
import { f16 } from './f16-log-flood.ts'
import { f22 } from './f22-cancelled-uploads.ts'
import { f09 } from './f09-corrupt-database.ts'
import { f10 } from './f10-clock.ts'
import { f26 } from './f26-small-group.ts'
import { f27 } from './f27-invalid-reload.ts'
import { f28 } from './f28-second-daemon.ts'
import { f29 } from './f29-simulation.ts'
import { f30 } from './f30-fuzz.ts'

export type NotYet = { readonly id: FaultId; readonly notYet: string }

export const REGISTRY: readonly (Fault | NotYet)[] = [
  f01,
  f02,
  f03,
  f04,
  f05,
  f06,
  f07,
  f08,
  f09,
  f10,
  f11,
  f12,
  f13,
  f14,
  f15,
  f16,
  f17,
  f18,
  f19,
  f20,
  f21,
  f22,
  f23,
  f24,
  f25,
  f26,
  f27,
  f28,
  f29,
  f30,
]

export function listFaults(): readonly Fault[] {
  return REGISTRY.filter((entry) => 'run' in entry)
}
