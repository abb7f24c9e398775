import { expect, it } from 'vitest'
import { KEEP_PROCESS, WAIT_AT_GATE } from './launcher-scripts.ts'
import type { SandboxPolicy } from './policy.ts'
import { buildProcessArguments } from './process-arguments.ts'

const POLICY: SandboxPolicy = {
  uid: 210_007,
  command: ['/opt/node/bin/node', '/app/server.js', '/application', 'a:/data/x'],
  environment: { PATH: '/opt/node/bin:/usr/bin', HOME: '/data' },
  binds: [
    { source: '/srv/app', target: '/app', writable: false },
    { source: '/srv/data', target: '/data', writable: true },
    { source: '/srv/node', target: '/opt/node', writable: false },
  ],
  limits: { memoryMb: 128, cpuPercent: 50, maxProcesses: 64, diskMb: 512 },
  tmpBytes: 1048576,
  openFiles: 1024,
  fileBytes: 1000,
  volume: null,
  diesWithDaemon: false,
}
const PROGRAMS = { sh: '/bin/sh', setsid: '/usr/bin/setsid', setpriv: '/usr/bin/setpriv' }
const AT = { runDir: '/srv/run', joinFiles: ['/cg/t/cgroup.procs'], ownTasks: '4000' }

it('gives up root for the server’s uid, in a session of its own, with the sandbox’s paths on the host', () => {
  const { argv, environment } = buildProcessArguments(POLICY, PROGRAMS, AT)
  expect(argv).toEqual(
    [
      ['/bin/sh', '-c', KEEP_PROCESS, 'sh', '/cg/t/cgroup.procs', '--', '/srv/run', '/srv/app'],
      ['/usr/bin/setsid', '/usr/bin/setpriv', '--reuid=210007', '--regid=210007', '--clear-groups'],
      ['--inh-caps=-all', '--bounding-set=-all', '--no-new-privs', '--'],
      // The uid is that of all processes of the server; the control group bounds this one.
      ['/bin/sh', '-c', WAIT_AT_GATE, 'sh', '4352', '1024', '2'],
      ['/srv/node/bin/node', '/srv/app/server.js', '/application', 'a:/srv/data/x'],
    ].flat(),
  )
  expect(environment).toEqual({ PATH: '/srv/node/bin:/usr/bin', HOME: '/srv/data' })
})

it('leaves the bound on tasks as it is where the uid is the platform’s', () => {
  const { argv } = buildProcessArguments({ ...POLICY, uid: null }, PROGRAMS, AT)
  expect(argv.join(' ')).not.toContain('--reuid')
  expect(argv[argv.indexOf(WAIT_AT_GATE) + 2]).toBe('4000')
})
