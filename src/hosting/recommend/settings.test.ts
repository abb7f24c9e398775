import { expect, it } from 'vitest'
import { RESOURCES, type Resource, type Setting } from '../../domain/recommendation.ts'
import { mergeServerConfig } from '../../domain/server-config.ts'
import { buildEffectiveConfig } from '../server-view.ts'
import { readSetting, writeSetting } from './settings.ts'

const config = mergeServerConfig([])
const OTHER: Readonly<Record<Resource, Setting>> = {
  memory_mb: 168,
  cpu_percent: 50,
  max_processes: 40,
  idle_stop_seconds: 900,
  instances: 'pool:4',
  call_timeout_seconds: 120,
  start_timeout: 60,
  auto_restart: 'false',
}

it('writes each setting so that it reads as it was written, and leaves all others', () => {
  for (const resource of RESOURCES) {
    const overrides = writeSetting({ tags: ['a'], limits: { diskMb: 64 } }, resource, OTHER[resource])
    expect(overrides).toMatchObject({ tags: ['a'], limits: { diskMb: 64 } })
    const changed = buildEffectiveConfig(config, overrides)
    expect(readSetting(changed, resource, 60)).toBe(OTHER[resource])
    for (const other of RESOURCES.filter((name) => name !== resource)) {
      expect(readSetting(changed, other, 60)).toBe(readSetting(config, other, 60))
    }
  }
})

it('reads a deadline that a server leaves to the platform as the platform’s', () => {
  expect(readSetting(config, 'call_timeout_seconds', 60)).toBe(60)
})
