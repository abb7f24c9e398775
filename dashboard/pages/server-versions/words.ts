import type { VersionJson } from '../../../src/api/schema/server.ts'

type Words = Readonly<Record<VersionJson['status'], string>>
const standings: Words = {
  active: 'active',
  previous: 'previous',
  failed: 'failed',
  held: 'held',
  kept: 'kept',
}
const standingHints: Words = {
  active: 'This version serves, or would if the server ran.',
  previous: 'A rollback without a number goes back to this one.',
  failed: 'It had begun to serve, and the platform left it again.',
  held: 'It waits for an approval, and does not start before.',
  kept: 'It is there to go back to.',
}

export const VERSION_WORDS = {
  title: 'Versions',
  text: 'Every deployment makes one. Ten are kept besides the active one, unless the platform is set otherwise.',
  emptyTitle: 'No version yet',
  emptyText: 'The first deployment that is installed becomes version 1.',
  version: 'Version',
  status: 'Status',
  when: 'When',
  by: 'By',
  via: { api: 'API', mcp: 'MCP' },
  verdict: 'Scan',
  size: 'Size',
  sizeHint: (archive: string, tree: string) => `Archive ${archive}, installed ${tree}`,
  hash: 'Hash',
  actions: 'Actions',
  standings,
  standingHints,
  verdicts: { pass: 'passed', review: 'needs a review', block: 'blocked', not_scanned: 'not scanned' },
  number: (number: number) => `Version ${number}`,
  delete: 'Delete',
  deleteVersion: (number: number) => `Delete version ${number}`,
  deleteTitle: (name: string, number: number) => `Delete version ${number} of ${name}?`,
  deleteText: (number: number) =>
    `Version ${number} goes with its findings and, if no other version has the same, its files. It cannot be gone back to afterwards.`,
  deleted: (number: number, freed: string) => `Version ${number} is gone: ${freed} freed`,
  activeStays: 'This version serves: it stays.',
  previousStays: 'A rollback goes back to this one: it stays.',
  rollback: 'Roll back',
  rollbackTo: (number: number) => `Roll back to version ${number}`,
  isActive: 'This version serves already.',
  isHeld: 'It waits for an approval: see Security.',
  rollbackTitle: (name: string, number: number) => `Roll ${name} back to version ${number}?`,
  consequence: (active: number | null, number: number) =>
    `Version ${number} is started beside ${active === null ? 'the present one' : `version ${active}`}, and takes over once it answers. If it does not, everything stays as it is. Settings and secrets of the server stay.`,
  consequenceStopped: (number: number) =>
    `The server does not run: version ${number} is what the next start starts. Settings and secrets of the server stay.`,
  running: (number: number) => `Version ${number} serves now.`,
  chosen: (number: number) => `Version ${number} is active; the server does not run.`,
  trial: (number: number) =>
    `Version ${number} is being watched: if it fails, the platform goes back to the version before by itself.`,
  trialEnds: 'The watch ends',
  failedAt: (number: number) => `Version ${number} was left again.`,
} as const

export const COMPARE_WORDS = {
  title: 'Compare two versions',
  text: 'Files, dependencies, settings, and what the server says of itself.',
  one: 'There is one version: the next deployment makes the second to compare with.',
  from: 'From',
  to: 'To',
  swap: 'Swap the two',
  compareActive: 'Compare',
  compareHint: (number: number) => `Compare version ${number} with the active one`,
  sameVersion: 'Both are the same version: choose two that differ.',
  none: 'No difference.',
  files: 'Files',
  dependencies: 'Dependencies',
  settings: 'Settings',
  definitions: 'Tools, prompts and resources',
  unseen: 'One of the two was never seen to say anything of itself.',
  changes: { added: 'added', removed: 'removed', changed: 'changed' },
  before: 'Before',
  after: 'After',
  field: 'Setting',
  name: 'Name',
  kind: 'Kind',
  change: 'Change',
  hidden: 'not shown',
  more: (count: number) => `… and ${count} more`,
} as const
