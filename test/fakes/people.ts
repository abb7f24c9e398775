/** Accounts and sessions in memory. */
import type { LoginSession, LoginSessions, SetupCodeFile, UserRecord, Users } from '../../src/access/ports.ts'

export function createMemoryPeople(
  rows: { readonly users?: UserRecord[]; readonly sessions?: LoginSession[] } = {},
): { readonly users: Users; readonly loginSessions: LoginSessions } {
  return { users: createMemory(rows.users ?? []), loginSessions: createMemory(rows.sessions ?? []) }
}

function createMemory<T extends { readonly id: string }>(rows: T[]) {
  const indexOf = (id: string) => rows.findIndex((row) => row.id === id)
  return {
    list: async () => [...rows],
    create: async (row: T) => void rows.push(row),
    async update(id: string, changes: object) {
      rows[indexOf(id)] = { ...rows[indexOf(id)]!, ...changes }
    },
    remove: async (id: string) => void rows.splice(indexOf(id), 1),
  }
}

export function createMemorySetupCode(): SetupCodeFile {
  return { write: async () => undefined, remove: async () => undefined }
}
