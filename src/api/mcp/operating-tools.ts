import { z } from 'zod'
import type { ApiDeps } from '../api-deps.ts'
import { renderBackup } from '../render-backup.ts'
import { backupListSchema, backupRequestSchema, backupSchema } from '../schema/backup.ts'
import { configListSchema, configReloadSchema } from '../schema/config.ts'
import { CHANGES, defineTool, READS, type ManagementTool } from './tool.ts'

const MOST_LINES = 1_000

/** What the operator of the platform asks of it: backups, its configuration, its own log. */
export function buildOperatingTools({
  backups,
  readConfig,
  reloadConfig,
  readLog,
}: ApiDeps): ManagementTool[] {
  return [
    defineTool({
      name: 'list_backups',
      title: 'Backups of the platform',
      description: 'Backups in the folder of the platform, and the one that is being made; newest first.',
      needs: 'admin',
      input: z.strictObject({}),
      output: backupListSchema,
      annotations: READS,
      async run() {
        const items = (await backups.list()).map(renderBackup)
        const lines = items.map(({ name, state, created_at }) => `- ${name}: ${state}, ${created_at}`)
        return { text: [`${items.length} backups`, ...lines].join('\n'), data: { items } }
      },
    }),
    defineTool({
      name: 'create_backup',
      title: 'Back the platform up',
      description:
        'Begins a backup of everything but the key of the secrets; list_backups says when it is done. It is restored on the machine itself.',
      needs: 'admin',
      action: 'backup.create',
      input: backupRequestSchema,
      output: backupSchema,
      annotations: { ...CHANGES, idempotentHint: false },
      async run({ args, principal }) {
        const data = renderBackup(backups.begin({ withData: args.with_data, actor: principal.id }))
        return { text: `${data.name} is being made`, data }
      },
    }),
    defineTool({
      name: 'get_hosting_config',
      title: 'The configuration in force',
      description:
        'Key by key: public address, limits, sign-in, retention and all others. It holds no secret.',
      needs: 'admin',
      input: z.strictObject({}),
      output: configListSchema,
      annotations: READS,
      async run() {
        const items = readConfig().map((setting) => ({ ...setting }))
        const lines = items.map(({ key, value }) => `- ${key} = ${JSON.stringify(value)}`)
        return { text: [`${items.length} keys`, ...lines].join('\n'), data: { items } }
      },
    }),
    defineTool({
      name: 'reload_hosting_config',
      title: 'Read the configuration again',
      description: 'What changed and can, is in force at once; a file that is not usable changes nothing.',
      needs: 'admin',
      action: 'config.reload',
      input: z.strictObject({}),
      output: configReloadSchema,
      annotations: CHANGES,
      async run({ principal }) {
        const data = await reloadConfig(principal.id)
        const { applied, needs_restart, warnings } = data
        const lines = [
          ...applied.map((key) => `- ${key} is in force`),
          ...needs_restart.map((key) => `- ${key} needs a restart`),
          ...warnings.map((warning) => `- ${warning}`),
        ]
        return { text: [`${applied.length} keys changed`, ...lines].join('\n'), data }
      },
    }),
    defineTool({
      name: 'get_hosting_log',
      title: 'The log of the platform itself',
      description: 'The last lines of the platform’s own log, secrets masked. Not what servers write.',
      needs: 'admin',
      input: z.strictObject({ lines: z.int().min(1).max(MOST_LINES).default(100) }),
      output: z.object({ items: z.array(z.string()) }),
      annotations: READS,
      async run({ args }) {
        const items = readLog().slice(-args.lines)
        return { text: items.join('\n'), data: { items } }
      },
    }),
  ]
}
