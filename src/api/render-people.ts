import type { LoginSession, UserRecord } from '../access/ports.ts'
import type { Call } from './route.ts'
import { renderTime, renderTimeOrNull } from './schema/common.ts'
import type { SessionJson, UserJson } from './schema/people.ts'

export function renderUser(user: UserRecord): UserJson {
  return {
    id: user.id,
    name: user.name,
    role: user.role,
    has_password: user.passwordHash !== null,
    created_at: renderTime(user.createdAt),
    created_by: user.createdBy,
    last_login_at: renderTimeOrNull(user.lastLoginAt),
  }
}

export function renderSession(
  session: LoginSession,
  userName: string,
  { session: current }: Pick<Call, 'session'>,
): SessionJson {
  return {
    id: session.id,
    user: userName,
    current: session.id === current?.id,
    ip: session.ip,
    user_agent: session.userAgent,
    created_at: renderTime(session.createdAt),
    last_used_at: renderTime(session.lastUsedAt),
    expires_at: renderTime(session.expiresAt),
  }
}
