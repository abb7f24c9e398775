import { buildId } from '../../src/domain/id.ts'
import { buildMainKey } from '../../src/domain/process-key.ts'
import { DEFAULT_LIMITS, type ServerConfig } from '../../src/domain/server.ts'
import type { LaunchSpec } from '../../src/runtime/ports.ts'

export const FIXTURE_CONFIG: ServerConfig = {
  description: '',
  environment: {},
  autoRestart: true,
  maxRestarts: 5,
  restartDelaySeconds: 5,
  healthCheckIntervalSeconds: 30,
  healthCheckTimeoutSeconds: 5,
  healthFailureThreshold: 3,
  healthSuccessThreshold: 2,
  startTimeoutSeconds: 30,
  limits: DEFAULT_LIMITS,
  tags: [],
  allowedNetwork: true,
  egress: [],
  pin: 'warn',
  secrets: [],
  transport: 'stdio',
  port: null,
  path: '/mcp',
  healthCheckUrl: null,
  upstreamEra: 'match',
  onSessionLoss: 'resume',
  instances: 'shared',
  idleStopSeconds: 0,
  callTimeoutSeconds: 0,
  disabledTools: [],
}

export function buildServerId(number: number) {
  // Of each byte only five bits count.
  return buildId('srv', Math.floor(number / 32), Buffer.alloc(16, number))
}

export function buildLaunchSpec(overrides: Partial<LaunchSpec> = {}): LaunchSpec {
  return {
    serverId: buildServerId(1),
    server: 'alpha',
    versionId: buildId('ver', 0, Buffer.alloc(16, 1)),
    key: buildMainKey('legacy'),
    uid: null,
    runtime: 'bash',
    command: ['bash', '/app/echo.sh'],
    appDir: '/nowhere/app',
    dataDir: '/nowhere/data',
    config: FIXTURE_CONFIG,
    eras: null,
    secrets: [],
    ...overrides,
  }
}
