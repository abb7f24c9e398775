import { z } from 'zod'
import type { ApiDeps } from '../api-deps.ts'
import {
  buildChannelSettings,
  channelListSchema,
  channelRemovedSchema,
  channelSchema,
  channelSettingsPatchSchema,
  deliverySchema,
  noticeListSchema,
  noticeQuerySchema,
  renderChannel,
  renderDelivery,
  renderNotice,
} from '../schema/notification.ts'
import { CHANGES, defineTool, DESTROYS, READS, type ManagementTool } from './tool.ts'

const channelInput = z.strictObject({ channel_id: z.string().max(64) })

/** Where a channel leads is a secret, and a way out for what a model knows: people make them. */
export function buildNotificationTools({ notifications }: ApiDeps): ManagementTool[] {
  return [
    defineTool({
      name: 'list_notification_channels',
      title: 'Who is told of what happens',
      description: 'Channels of notifications with what each gets: webhooks, Slack, ntfy, mail.',
      needs: 'admin',
      input: z.strictObject({}),
      output: channelListSchema,
      annotations: READS,
      async run() {
        const items = (await notifications.list()).map(renderChannel)
        const lines = items.map(
          ({ id, name, target, enabled }) => `- ${id} ${name}: ${target}${enabled ? '' : ', off'}`,
        )
        return { text: [`${items.length} channels`, ...lines].join('\n'), data: { items } }
      },
    }),
    defineTool({
      name: 'update_notification_channel',
      title: 'Change what a channel gets',
      description:
        'Switches a channel off or on, and sets its topics, servers, urgency, rate and quiet hours.',
      needs: 'admin',
      action: 'notification_channel.update',
      input: channelInput.extend({ settings: channelSettingsPatchSchema }),
      output: channelSchema,
      annotations: CHANGES,
      async run({ args, tell }) {
        tell({ channel: args.channel_id, fields: Object.keys(args.settings) })
        const channel = await notifications.update(args.channel_id, buildChannelSettings(args.settings), null)
        const data = renderChannel(channel)
        return { text: `${data.name} is ${data.enabled ? 'on' : 'off'}`, data }
      },
    }),
    defineTool({
      name: 'delete_notification_channel',
      title: 'Tell nobody there any more',
      description: 'Removes a channel; what waited for it is dropped.',
      needs: 'admin',
      action: 'notification_channel.delete',
      input: channelInput,
      output: channelRemovedSchema,
      annotations: DESTROYS,
      async run({ args, tell }) {
        tell({ channel: args.channel_id })
        const { id, name } = await notifications.remove(args.channel_id)
        return { text: `${name} is gone`, data: { id, name, removed: true as const } }
      },
    }),
    defineTool({
      name: 'test_notification_channel',
      title: 'Send a test message',
      description: 'Sends a message to a channel now, and says what came of it.',
      needs: 'admin',
      action: 'notification_channel.test',
      input: channelInput,
      output: deliverySchema,
      annotations: { ...CHANGES, idempotentHint: false, openWorldHint: true },
      async run({ args }) {
        const data = renderDelivery(await notifications.test(args.channel_id))
        return { text: data.sent ? 'It was sent' : `It was not sent: ${data.error ?? ''}`, data }
      },
    }),
    defineTool({
      name: 'list_notifications',
      title: 'What was told',
      description: 'What was told, what waits and what failed, newest first.',
      needs: 'admin',
      input: noticeQuerySchema.extend({ limit: z.int().min(1).max(500).default(50) }),
      output: noticeListSchema,
      annotations: READS,
      async run({ args: { channel, state, limit } }) {
        const filter = {
          ...(channel === undefined ? {} : { channelId: channel }),
          ...(state === undefined ? {} : { state }),
          limit,
        }
        const items = (await notifications.listNotices(filter)).map(renderNotice)
        const lines = items.map(({ at, state: now, title }) => `- ${at} ${now}: ${title}`)
        return { text: [`${items.length} notices`, ...lines].join('\n'), data: { items } }
      },
    }),
  ]
}
