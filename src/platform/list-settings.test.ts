import { expect, it } from 'vitest'
import { configSchema, type PlatformConfig } from '../config/schema.ts'
import { maskTokens } from '../domain/token-patterns.ts'
import { listSettings } from './list-settings.ts'

it('names every key with its value, lists whole, and masks a token that somebody wrote into a command', () => {
  const parsed = configSchema.parse({
    mcp_hosting: {
      max_servers: 12,
      memory: {
        peers: [{ name: 'hive', transport: 'stdio', command: ['hive-bridge', `ghp_${'A1'.repeat(18)}`] }],
      },
    },
  })
  const settings = listSettings(parsed.mcp_hosting as PlatformConfig, maskTokens)
  const valueOf = (key: string) => settings.find((setting) => setting.key === key)?.value
  expect(valueOf('max_servers')).toBe(12)
  expect(valueOf('dashboard.port')).toBe(8910)
  expect(valueOf('notifications.private_targets')).toEqual([])
  expect(valueOf('dashboard')).toBeUndefined()
  expect(JSON.stringify(valueOf('memory.peers'))).toContain('hive-bridge')
  expect(JSON.stringify(settings)).not.toContain('ghp_')
})
