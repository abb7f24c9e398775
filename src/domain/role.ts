/** What people may do here, in four steps; each takes in the one before it. */
import type { Grant } from './principal.ts'

export const ROLES = ['viewer', 'operator', 'deployer', 'admin'] as const
export type Role = (typeof ROLES)[number]

const VIEWER: readonly Grant[] = ['servers:read', 'logs:read', 'memory:read', 'metrics:read']
const OPERATOR: readonly Grant[] = [...VIEWER, 'servers:write', 'mcp:call']
const DEPLOYER: readonly Grant[] = [
  ...OPERATOR,
  'servers:deploy',
  'servers:delete',
  'secrets:write',
  'memory:write',
]

/** `admin` includes every scope but `mcp:call`, which is granted by itself. */
const GRANTS: Readonly<Record<Role, readonly Grant[]>> = {
  viewer: VIEWER,
  operator: OPERATOR,
  deployer: DEPLOYER,
  admin: ['admin', 'mcp:call'],
}

export function grantsOf(role: Role): readonly Grant[] {
  return GRANTS[role]
}
