import { describe, expect, it } from 'vitest'
import { Secret } from '../../domain/secret.ts'
import { assertPolicy, type SandboxPolicy } from './policy.ts'

const POLICY: SandboxPolicy = {
  uid: 210_000,
  command: ['/bin/bash', 'x'],
  environment: { GOOD_1: 'any = thing' },
  binds: [{ source: '/srv/app', target: '/app', writable: false }],
  limits: { memoryMb: 128, cpuPercent: 100, maxProcesses: 64, diskMb: 512 },
  tmpBytes: 1,
  openFiles: 1,
  fileBytes: 1,
  volume: null,
  diesWithDaemon: true,
}

const withEnvironment = (environment: Record<string, string>) => () =>
  assertPolicy({ ...POLICY, environment })

describe('a policy', () => {
  it('passes when nothing in it can be read as something else', () => {
    expect(() => assertPolicy(POLICY)).not.toThrow()
  })

  it('is refused for NUL, line breaks and odd names, naming the place (SB-24)', () => {
    expect(withEnvironment({ A: 'x\0y' })).toThrow('environment value of A holds a line break or a NUL byte')
    expect(withEnvironment({ A: 'x\ny' })).toThrow('environment value of A')
    for (const name of ['', 'a b', '1A', 'A=B', '--bind', 'A\0', 'A\n']) {
      expect(withEnvironment({ [name]: '' })).toThrow(`environment name ${JSON.stringify(name)}`)
    }
    expect(() => assertPolicy({ ...POLICY, command: ['/bin/sh', 'a\0b'] })).toThrow(
      'command holds a NUL byte',
    )
  })

  it('is refused for names that make a loader run other code (S-56)', () => {
    for (const name of [
      'LD_PRELOAD',
      'LD_AUDIT',
      'BASH_ENV',
      'ENV',
      'GCONV_PATH',
      'PWD',
      'OPTIND',
      'HAIVEMIND_GATE',
    ]) {
      expect(withEnvironment({ [name]: '/app/x.so' })).toThrow('changes which code is loaded')
    }
  })

  it('never means root, a relative program or a path with dots', () => {
    expect(() => assertPolicy({ ...POLICY, uid: 0 })).toThrow('never')
    expect(() => assertPolicy({ ...POLICY, command: ['bash'] })).toThrow('absolute')
    for (const target of ['app', '/a/../b', '/a/./b', '/a//b', '/a\0b', '/']) {
      expect(() => assertPolicy({ ...POLICY, binds: [{ source: '/x', target, writable: false }] })).toThrow(
        'path',
      )
    }
  })
})

describe('secrets of a policy', () => {
  const check = (name: string, value: string, as: 'environment' | 'file') => () =>
    assertPolicy({ ...POLICY, secrets: [{ name, value: new Secret(value), as }] })

  it('are held to the rules of variables, and never repeated', () => {
    expect(check('API_KEY', 'any = thing', 'environment')).not.toThrow()
    expect(check('CERT', 'two\nlines\0', 'file')).not.toThrow()
    expect(check('API_KEY', 'x\0--ro-bind', 'environment')).toThrow(
      'The secret API_KEY, which is to be a variable, holds a line break or a NUL byte.',
    )
    for (const name of ['--bind', '../x', '.', 'A\0', 'LD_PRELOAD']) {
      expect(check(name, 'hidden-value', 'file')).toThrow(`secret's name ${JSON.stringify(name)}`)
    }
  })
})
