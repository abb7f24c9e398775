import { expect, it } from 'vitest'
import type { Mount } from '../../../system/process-table.ts'
import { findQuotaMount, setProjectQuota } from './project-quota.ts'

const mount = (target: string, type: string, options: readonly string[]): Mount => ({
  root: '/',
  target,
  type,
  options,
})
const MOUNTS = [
  mount('/', 'ext4', ['rw']),
  mount('/srv', 'ext4', ['rw', 'prjquota']),
  mount('/srv/fast', 'xfs', ['rw', 'prjquota']),
]

it.each([
  ['/srv/data/srv_1', '/srv'],
  ['/srv/fast/srv_1', null],
  ['/srvother/srv_1', null],
  ['/var/srv_1', null],
])('finds where the quota of %s is kept: %s', (path, expected) => {
  expect(findQuotaMount(MOUNTS, path)).toBe(expected)
})

it('takes what lies on top where a file system is mounted over another', () => {
  expect(findQuotaMount([...MOUNTS, mount('/srv', 'tmpfs', ['rw'])], '/srv/data')).toBeNull()
})

const PROGRAMS = { chattr: '/usr/bin/chattr', setquota: '/usr/sbin/setquota' }
const AT = { mount: '/srv', dataDir: '/srv/data/srv_1', uid: 210_007, bytes: 64 * 2 ** 20 }

it('marks the tree before it bounds the project, in kibibytes and files', async () => {
  const calls: string[] = []
  await setProjectQuota(PROGRAMS, AT, async (argv) => {
    calls.push(argv.join(' '))
    return { code: 0, stderr: '' }
  })
  expect(calls).toEqual([
    '/usr/bin/chattr -R +P -p 210007 -- /srv/data/srv_1',
    '/usr/sbin/setquota -P 210007 0 65536 0 8192 /srv',
  ])
})

it('says which program refused, and stops there', async () => {
  let calls = 0
  const refuse = async () => {
    calls++
    return { code: 1, stderr: 'Operation not supported\n' }
  }
  await expect(setProjectQuota(PROGRAMS, AT, refuse)).rejects.toThrow(
    '/usr/bin/chattr: Operation not supported',
  )
  expect(calls).toBe(1)
})
