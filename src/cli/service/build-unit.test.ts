import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { buildUnit, DEFAULT_UNIT, UNIT_KINDS } from './build-unit.ts'

const PACKAGED = join(import.meta.dirname, '../../../packaging/systemd')
const lines = (settings: Partial<typeof DEFAULT_UNIT>) =>
  buildUnit({ ...DEFAULT_UNIT, ...settings }).split('\n')

describe('packaging/systemd', () => {
  it.each(UNIT_KINDS)('holds the unit of kind %s as it is printed', async (kind) => {
    const name = kind === 'user' ? 'haivemind.service' : `haivemind-${kind}.service`
    await expect(buildUnit({ ...DEFAULT_UNIT, kind })).toMatchFileSnapshot(join(PACKAGED, name))
  })
})

describe('buildUnit', () => {
  it('starts what it is given, in systemd’s own quotes', () => {
    expect(lines({ program: ['/opt/a b/node', '/opt/100%/$x.js'], config: '/etc/x.json' })).toContain(
      'ExecStart="/opt/a b/node" /opt/100%%/$$x.js serve --config /etc/x.json',
    )
  })

  it.each([
    ['user', 252, 'RestartKillSignal=SIGTERM', false],
    ['user', 254, 'RestartKillSignal=SIGUSR2', true],
    ['subordinate', 252, 'RestartKillSignal=SIGTERM', false],
    ['root', 252, 'RestartKillSignal=SIGUSR2', false],
    ['root', 257, 'RestartKillSignal=SIGUSR2', false],
  ] as const)('as %s under systemd %i: %s', (kind, systemdVersion, signal, hasSubgroup) => {
    const unit = lines({ kind, systemdVersion })
    expect(unit.filter((line) => line.startsWith('RestartKillSignal='))).toEqual([signal])
    expect(unit.includes('DelegateSubgroup=supervisor')).toBe(hasSubgroup)
  })

  it('leaves the unit with subordinate ids free of all that implies NoNewPrivileges', () => {
    const keys = lines({ kind: 'subordinate' }).map((line) => line.split('=')[0] ?? '')
    const implied =
      /^(?:NoNewPrivileges|SystemCall.*|Restrict.*|Lock.*|ProtectKernel.*|ProtectClock|ProtectHostname|PrivateDevices|DynamicUser|MemoryDeny.*)$/
    expect(keys.filter((key) => implied.test(key))).toEqual([])
  })
})
