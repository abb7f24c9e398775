import type { PlatformConfig } from '../config/schema.ts'
import { AppError } from '../domain/error.ts'

/** Everybody who can reach the port can knock: without a valid token nobody could have meant to let them in. */
export function assertGuarded({ dashboard: { host } }: PlatformConfig, isLetIn: boolean): void {
  const isLoopback = host === 'localhost' || host === '::1' || host.startsWith('127.')
  if (isLoopback || isLetIn) return
  const text = `mcp_hosting.dashboard.host: ${host} is reachable from other machines, and no access is set up.`
  throw new AppError('invalid_platform_config', text, {
    hint: 'Serve on 127.0.0.1 first, make a token (haivemind token create) or an administrator (haivemind user add), then change the host.',
  })
}
