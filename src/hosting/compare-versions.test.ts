import { describe, expect, it } from 'vitest'
import { createTestHosting } from '../../test/fakes/hosting.ts'
import { compareSettings } from './compare-versions.ts'

describe('compareVersions', () => {
  it('names what differs, and refuses what is not there', async () => {
    const test = createTestHosting()
    await test.deploy('weather', './one.sh')
    await test.deploy('weather', './two.sh')
    expect(await test.hosting.compareVersions('weather', 1, 2)).toMatchObject({
      from: 1,
      to: 2,
      files: { added: ['new.py'], changed: ['server.py'] },
      packages: [{ name: 'httpx', before: '0.27.0', after: '0.28.0' }],
      settings: [{ field: 'command', before: ['./one.sh'], after: ['./two.sh'] }],
      definitions: null,
    })
    await expect(test.hosting.compareVersions('weather', 1, 3)).rejects.toMatchObject({
      code: 'version_not_found',
    })
  })
})

describe('compareSettings', () => {
  it('tells which values of the environment differ, and not what they are', async () => {
    const test = createTestHosting()
    await test.deploy('weather', './one.sh')
    const { version } = await test.hosting.get('weather')
    const changed = {
      ...version!,
      config: {
        ...version!.config,
        environment: { ...version!.config.environment, UNITS: 'metric' },
        limits: { ...version!.config.limits, memoryMb: 64 },
      },
    }
    expect(compareSettings(version!, changed)).toEqual([
      { field: 'environment.UNITS', before: null, after: null },
      { field: 'limits.memoryMb', before: version!.config.limits.memoryMb, after: 64 },
    ])
  })
})
