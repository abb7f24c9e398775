import { describe, expect, it } from 'vitest'
import { Secret } from '../../domain/secret.ts'
import { buildLaunchArguments, type LaunchHost } from './build-launch-arguments.ts'
import { SET_STAGE, WAIT_AT_GATE } from './launcher-scripts.ts'
import type { SandboxPolicy } from './policy.ts'

const HOST: LaunchHost = {
  programs: {
    sh: '/usr/bin/sh',
    unshare: '/usr/bin/unshare',
    setpriv: '/usr/bin/setpriv',
    bwrap: '/usr/bin/bwrap',
  },
  way: 1,
  stage: '/mnt',
  stageTemplate: '/var/lib/haivemind/sandbox/stage',
  systemFolders: [
    { path: '/bin', link: 'usr/bin' },
    { path: '/lib64', link: null },
  ],
}

const POLICY: SandboxPolicy = {
  uid: 210_007,
  command: ['/usr/bin/python3', '/app/server.py', 'a b'],
  environment: { PATH: '/usr/bin', TOKEN: 'secret value' },
  binds: [],
  limits: { memoryMb: 128, cpuPercent: 50, maxProcesses: 64, diskMb: 512 },
  tmpBytes: 1048576,
  openFiles: 1024,
  fileBytes: 1000,
  volume: null,
  diesWithDaemon: false,
}

const BINDS = [
  { place: 'd0', source: '/var/lib/haivemind/app', target: '/app', writable: false },
  { place: 'd1', source: '/var/lib/haivemind/data', target: '/data', writable: true },
]

const AT = { runDir: '/var/lib/haivemind/run/t', joinFiles: ['/cg/memory/t/cgroup.procs'] }

describe('the launch of a server', () => {
  const { argv, options } = buildLaunchArguments(POLICY, BINDS, HOST, AT)

  it('drops the uid between the staging and bubblewrap, and puts nothing secret on argv', () => {
    expect(argv).toEqual(
      [
        ['/usr/bin/unshare', '--mount', '--net', '--propagation', 'private', '--'],
        ['/usr/bin/sh', '-c', SET_STAGE, 'sh', '/cg/memory/t/cgroup.procs', '--'],
        ['/var/lib/haivemind/sandbox/stage', '/mnt'],
        '/var/lib/haivemind/run/t',
        ['d0', '/var/lib/haivemind/app', 'd1', '/var/lib/haivemind/data', '--'],
        ['/usr/bin/setpriv', '--reuid=210007', '--regid=210007', '--clear-groups', '--'],
        ['/usr/bin/bwrap', '--args', '5', '--', '/bin/sh', '-c', WAIT_AT_GATE, 'sh'],
        ['68', '1024', '2', '/usr/bin/python3', '/app/server.py', 'a b'],
      ].flat(),
    )
  })

  it('tells bubblewrap everything else through a descriptor', () => {
    expect(options).toEqual(
      [
        ['--unshare-all', '--share-net', '--unshare-user', '--uid', '1000', '--gid', '1000'],
        ['--disable-userns', '--assert-userns-disabled', '--cap-drop', 'ALL', '--new-session'],
        ['--hostname', 'sandbox', '--clearenv'],
        ['--setenv', 'PATH', '/usr/bin', '--setenv', 'TOKEN', 'secret value'],
        ['--ro-bind', '/usr', '/usr', '--symlink', 'usr/bin', '/bin', '--ro-bind', '/lib64', '/lib64'],
        ['--ro-bind', '/mnt/etc', '/etc'],
        ['--ro-bind-try', '/etc/ssl', '/etc/ssl'],
        ['--ro-bind-try', '/etc/ca-certificates', '/etc/ca-certificates'],
        ['--ro-bind-try', '/etc/alternatives', '/etc/alternatives'],
        ['--ro-bind-try', '/etc/ld.so.cache', '/etc/ld.so.cache'],
        ['--ro-bind-try', '/etc/localtime', '/etc/localtime'],
        ['--proc', '/proc', '--dev', '/dev'],
        ['--perms', '1777', '--size', '1048576', '--tmpfs', '/tmp'],
        ['--perms', '1777', '--size', '67108864', '--tmpfs', '/dev/shm'],
        ['--ro-bind', '/mnt/d0', '/app', '--bind', '/mnt/d1', '/data'],
        ['--remount-ro', '/dev', '--remount-ro', '/'],
        ['--chdir', '/app', '--seccomp', '3', '--json-status-fd', '4'],
      ].flat(),
    )
  })

  it('maps the daemon’s own user where no uid can be given (way 3), and skips absent groups', () => {
    const host = { ...HOST, way: 3 } as const
    const plain = buildLaunchArguments({ ...POLICY, uid: null }, BINDS, host, { ...AT, joinFiles: [] })
    expect(plain.argv.slice(0, 9)).toEqual(
      [
        ['/usr/bin/unshare', '--mount', '--net', '--propagation', 'private', '--user', '--map-root-user'],
        ['--', '/usr/bin/sh'],
      ].flat(),
    )
    expect(plain.argv).not.toContain('/usr/bin/setpriv')
  })

  it('drops the uid inside where there are no user namespaces (way 2)', () => {
    const second = buildLaunchArguments(POLICY, BINDS, { ...HOST, way: 2 }, AT)
    expect(second.argv.slice(second.argv.indexOf('/usr/bin/bwrap') - 3, -5)).toEqual(
      [
        ['d1', '/var/lib/haivemind/data', '--', '/usr/bin/bwrap', '--args', '5', '--', '/usr/bin/setpriv'],
        ['--reuid=210007', '--regid=210007', '--clear-groups', '--inh-caps=-all', '--bounding-set=-all'],
        ['--no-new-privs', '--', '/bin/sh', '-c', WAIT_AT_GATE, 'sh', '4352'],
      ].flat(),
    )
    // The uid is that of all processes of the server; without a control group nothing else would bound this one.
    const alone = buildLaunchArguments(POLICY, BINDS, { ...HOST, way: 2 }, { ...AT, joinFiles: [] })
    expect(alone.argv.at(alone.argv.indexOf(WAIT_AT_GATE) + 2)).toBe('68')
    expect(second.options.slice(0, 12)).toEqual(
      [
        ['--unshare-pid', '--unshare-ipc', '--unshare-uts', '--unshare-cgroup', '--cap-drop', 'ALL'],
        ['--cap-add', 'CAP_SETUID', '--cap-add', 'CAP_SETGID', '--cap-add', 'CAP_SETPCAP'],
      ].flat(),
    )
    expect(second.options).not.toContain('--unshare-user')
  })

  it('ties a job to the daemon', () => {
    const job = buildLaunchArguments({ ...POLICY, diesWithDaemon: true }, BINDS, HOST, AT)
    expect(job.options).toContain('--die-with-parent')
    expect(options).not.toContain('--die-with-parent')
  })

  it('refuses a NUL byte, which would begin an option of the server’s own (SB-24)', () => {
    const environment = { X: 'x\0--ro-bind\0/etc\0/hostetc' }
    expect(() => buildLaunchArguments({ ...POLICY, environment }, BINDS, HOST, AT)).toThrow('NUL')
  })
})

describe('secrets', () => {
  const { argv, options, files } = buildLaunchArguments(
    {
      ...POLICY,
      secrets: [
        { name: 'API_KEY', value: new Secret('first-value'), as: 'environment' },
        { name: 'CERT', value: new Secret(Buffer.from([1, 0, 2])), as: 'file' },
        { name: 'KEY', value: new Secret('third-value'), as: 'file' },
      ],
    },
    BINDS,
    HOST,
    AT,
  )

  it('are variables through the descriptor of the options, or files of a descriptor each', () => {
    const text = options.join(' ')
    expect(text).toContain('--setenv API_KEY first-value')
    expect(text).toContain(
      '--perms 0755 --dir /run --perms 0500 --dir /run/secrets ' +
        '--perms 0400 --ro-bind-data 9 /run/secrets/CERT --perms 0400 --ro-bind-data 10 /run/secrets/KEY --remount-ro',
    )
    expect(files).toEqual([Buffer.from([1, 0, 2]), Buffer.from('third-value')])
  })

  it('are on no argument list', () => {
    expect(argv.join(' ')).not.toMatch(/first-value|third-value|API_KEY|CERT/)
    expect(argv).toEqual(buildLaunchArguments(POLICY, BINDS, HOST, AT).argv)
  })
})
