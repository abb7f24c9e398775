/** The settings that advice is about, read from a configuration and written as an override. Pure. */
import type { Resource, Setting } from '../../domain/recommendation.ts'
import type { ServerConfig, ServerOverrides } from '../../domain/server.ts'
import { parseInstances, renderInstances } from '../../domain/server-traits.ts'

type Access = {
  readonly read: (config: ServerConfig) => Setting
  readonly write: (value: Setting) => ServerOverrides
}

const ACCESS: Readonly<Record<Resource, Access>> = {
  memory_mb: {
    read: ({ limits }) => limits.memoryMb,
    write: (value) => ({ limits: { memoryMb: Number(value) } }),
  },
  cpu_percent: {
    read: ({ limits }) => limits.cpuPercent,
    write: (value) => ({ limits: { cpuPercent: Number(value) } }),
  },
  max_processes: {
    read: ({ limits }) => limits.maxProcesses,
    write: (value) => ({ limits: { maxProcesses: Number(value) } }),
  },
  idle_stop_seconds: {
    read: ({ idleStopSeconds }) => idleStopSeconds,
    write: (value) => ({ idleStopSeconds: Number(value) }),
  },
  instances: {
    read: ({ instances }) => renderInstances(instances),
    write: (value) => ({ instances: parseInstances(String(value)) ?? 'shared' }),
  },
  call_timeout_seconds: {
    read: ({ callTimeoutSeconds }) => callTimeoutSeconds,
    write: (value) => ({ callTimeoutSeconds: Number(value) }),
  },
  start_timeout: {
    read: ({ startTimeoutSeconds }) => startTimeoutSeconds,
    write: (value) => ({ startTimeoutSeconds: Number(value) }),
  },
  auto_restart: {
    read: ({ autoRestart }) => String(autoRestart),
    write: (value) => ({ autoRestart: value === 'true' }),
  },
}

/** @param usualTimeout the platform's deadline of a call, which 0 stands for */
export function readSetting(config: ServerConfig, resource: Resource, usualTimeout: number): Setting {
  const value = ACCESS[resource].read(config)
  return resource === 'call_timeout_seconds' && value === 0 ? usualTimeout : value
}

export function writeSetting(
  overrides: ServerOverrides,
  resource: Resource,
  value: Setting,
): ServerOverrides {
  const { limits, ...rest } = ACCESS[resource].write(value)
  return {
    ...overrides,
    ...rest,
    ...(limits === undefined ? {} : { limits: { ...overrides.limits, ...limits } }),
  }
}
