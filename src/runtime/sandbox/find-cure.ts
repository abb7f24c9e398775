/** What hosts answer when a sandbox cannot be made, and the cure; each was met on a real machine. */
const CURES: readonly (readonly [RegExp, string])[] = [
  [/failed to execute \S*bwrap|bwrap: not found/, 'Install it: apt-get install bubblewrap (0.8.0 or newer).'],
  [
    /No permissions to create new namespace|unshare failed: Operation not permitted/,
    'Allow unprivileged user namespaces: sysctl kernel.unprivileged_userns_clone=1; in Docker run with seccomp=unconfined.',
  ],
  // Namespaces run out with the same words: these are of files.
  [
    /ENOSPC: |mkfifo: .*No space left on device|Write to info_fd/,
    'Make room on the disk of data_dir: haivemind cleanup --dry-run shows what can go.',
  ],
  [/ENOSPC|nesting depth|No space left on device/, 'Raise sysctl user.max_user_namespaces.'],
  [
    /setting up uid map: Permission denied|RTM_NEWADDR/,
    'AppArmor restricts user namespaces: give bwrap and unshare a profile with userns, or sysctl kernel.apparmor_restrict_unprivileged_userns=0.',
  ],
  [
    /Can't mount proc/,
    'In Docker run with --security-opt systempaths=unconfined and seccomp=unconfined, as a user other than root.',
  ],
  [/max_user_namespaces: Read-only/, 'Remove ProtectKernelTunables=yes from the service.'],
  [/overflowuid/, 'Remove ProcSubset=pid from the service.'],
  [/NETLINK_ROUTE/, 'Allow AF_NETLINK in RestrictAddressFamilies of the service.'],
  [/ENOENT|not found|No such file/, 'Install bubblewrap, util-linux and iproute2.'],
]

export function findCure(message: string): string {
  return (
    CURES.find(([pattern]) => pattern.test(message))?.[1] ??
    'See docs/sandbox.md, "When a host refuses", for the ways to contain servers.'
  )
}
