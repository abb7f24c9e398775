/** For doctor: what the kernel's settings and the service's own say about sandboxes, each with the command that mends it. */
import type { HostProbe } from '../ports.ts'
import { readCredentials, readSetting } from '../../system/process-table.ts'

type Check = HostProbe['checks'][number]

export type KernelFacts = {
  /** A file below /proc/sys; null where the kernel has none. */
  readonly read: (name: string) => string | null
  readonly noNewPrivs: boolean
  readonly isRoot: boolean
}

export function readKernelFacts(): KernelFacts {
  return {
    read: readSetting,
    noNewPrivs: readCredentials(process.pid)?.noNewPrivs ?? false,
    isRoot: process.getuid?.() === 0,
  }
}

/** Warnings all: whether a sandbox can be made is found by making one. */
export function buildKernelChecks({ read, noNewPrivs, isRoot }: KernelFacts): readonly Check[] {
  const closed = [
    read('user/max_user_namespaces') === '0'
      ? { found: 'user.max_user_namespaces is 0', fix: 'sysctl -w user.max_user_namespaces=10000' }
      : null,
    read('kernel/unprivileged_userns_clone') === '0'
      ? {
          found: 'kernel.unprivileged_userns_clone is 0',
          fix: 'sysctl -w kernel.unprivileged_userns_clone=1',
        }
      : null,
    read('kernel/apparmor_restrict_unprivileged_userns') === '1'
      ? {
          found: 'AppArmor restricts user namespaces',
          fix: 'Give bwrap and unshare a profile with userns, or sysctl -w kernel.apparmor_restrict_unprivileged_userns=0.',
        }
      : null,
  ].filter((problem) => problem !== null)
  const open = 'the kernel’s settings allow user namespaces'
  const namespaces: Check = {
    id: 'user_namespaces',
    area: 'sandbox',
    status: closed.length === 0 ? 'ok' : 'warn',
    found: closed.map(({ found }) => found).join('; ') || open,
    fix: closed.map(({ fix }) => fix).join('; ') || null,
  }
  const isHeld = noNewPrivs && !isRoot
  const privileges: Check = {
    id: 'no_new_privs',
    area: 'sandbox',
    status: isHeld ? 'warn' : 'ok',
    found: isHeld
      ? 'this process may gain no privileges: newuidmap cannot give servers uids of their own'
      : 'newuidmap may do its work',
    fix: isHeld ? 'Remove NoNewPrivileges=yes and DynamicUser=yes from the service.' : null,
  }
  return [namespaces, privileges]
}
