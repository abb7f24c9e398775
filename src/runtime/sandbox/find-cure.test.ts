import { expect, it } from 'vitest'
import { findCure } from './find-cure.ts'

it.each([
  ['bwrap: Write to info_fd: No space left on device', /^Make room on the disk/],
  [`mkfifo: cannot create fifo '/x/in': No space left on device`, /^Make room on the disk/],
  [`ENOSPC: no space left on device, write`, /^Make room on the disk/],
  ['unshare: unshare failed: No space left on device', /user\.max_user_namespaces/],
  [
    'bwrap: Creating new namespace failed: nesting depth or /proc/sys/user/max_*_namespaces exceeded (ENOSPC)',
    /user\.max_user_namespaces/,
  ],
  ['something new', /docs\/sandbox\.md/],
])('a host that answers "%s"', (message, cure) => {
  expect(findCure(message)).toMatch(cure)
})
