import type { ApiDeps } from '../api-deps.ts'
import { renderBackup } from '../render-backup.ts'
import { defineRoute, type Route } from '../route.ts'
import { backupListSchema, backupRequestSchema, backupSchema } from '../schema/backup.ts'

/** A backup is restored on the machine itself, with no platform running: there is no route for it, nor for its bytes. */
export function buildBackupRoutes({ backups }: Pick<ApiDeps, 'backups'>): Route[] {
  const path = '/api/v1/backups'
  return [
    defineRoute({
      method: 'GET',
      path,
      needs: 'admin',
      summary: 'Backups in the folder of the platform, and the one that is being made; newest first',
      response: backupListSchema,
      handle: async ({ reply }) => reply({ items: (await backups.list()).map(renderBackup) }),
    }),
    defineRoute({
      method: 'POST',
      path,
      needs: 'admin',
      action: 'backup.create',
      summary: 'Begin a backup of everything but the key of the secrets; ask the list when it is done',
      body: backupRequestSchema,
      auditDetails: ({ body }) => ({ with_data: body.with_data }),
      status: 202,
      response: backupSchema,
      handle: async ({ body, principal, reply }) =>
        reply(renderBackup(backups.begin({ withData: body.with_data, actor: principal.id }))),
    }),
  ]
}
