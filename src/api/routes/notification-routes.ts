import { z } from 'zod'
import type { ChannelSettings } from '../../domain/notification.ts'
import type { ApiDeps } from '../api-deps.ts'
import { defineRoute, type Route } from '../route.ts'
import {
  buildChannelSettings,
  buildTarget,
  channelListSchema,
  channelMadeSchema,
  channelPatchSchema,
  channelRemovedSchema,
  channelRequestSchema,
  deliverySchema,
  noticeListSchema,
  noticeQuerySchema,
  renderChannel,
  renderDelivery,
  renderNotice,
} from '../schema/notification.ts'

/** Who is told of what, and what became of it. Where a channel leads goes in and is not shown again. */
export function buildNotificationRoutes({ notifications }: Pick<ApiDeps, 'notifications'>): Route[] {
  const path = '/api/v1/notifications/channels'
  return [
    defineRoute({
      method: 'GET',
      path,
      needs: 'admin',
      summary: 'Channels of notifications, by name',
      response: channelListSchema,
      handle: async ({ reply }) => reply({ items: (await notifications.list()).map(renderChannel) }),
    }),
    defineRoute({
      method: 'POST',
      path,
      needs: 'admin',
      action: 'notification_channel.create',
      summary: 'Tell somebody of what happens: a webhook, Slack, ntfy or mail',
      body: channelRequestSchema,
      auditDetails: ({ body }) => ({ name: body.name, kind: body.target.kind, topics: [...body.topics] }),
      status: 201,
      response: channelMadeSchema,
      async handle({ body: { target: given, ...rest }, principal, reply, tell }) {
        const target = buildTarget(given, () => notifications.createSecret())
        const settings = buildChannelSettings(rest) as ChannelSettings
        const channel = await notifications.create(settings, target, principal.id)
        tell({ channel: channel.id, target: channel.shown })
        const isMade = target.kind === 'webhook' && given.kind === 'webhook' && given.secret === undefined
        return reply({ ...renderChannel(channel), secret: isMade ? target.secret : null })
      },
    }),
    defineRoute({
      method: 'PATCH',
      path: `${path}/:id`,
      needs: 'admin',
      action: 'notification_channel.update',
      summary: 'Change a channel; where it leads only as a whole',
      body: channelPatchSchema,
      auditDetails: ({ body }) => ({ fields: Object.keys(body) }),
      response: channelMadeSchema,
      async handle({ params, body: { target: given, ...rest }, reply }) {
        const target = given === undefined ? null : buildTarget(given, () => notifications.createSecret())
        const channel = await notifications.update(params['id']!, buildChannelSettings(rest), target)
        const isMade = target?.kind === 'webhook' && given?.kind === 'webhook' && given.secret === undefined
        return reply({ ...renderChannel(channel), secret: isMade ? target.secret : null })
      },
    }),
    defineRoute({
      method: 'DELETE',
      path: `${path}/:id`,
      needs: 'admin',
      action: 'notification_channel.delete',
      summary: 'Tell nobody there any more; what waited for it is dropped',
      response: channelRemovedSchema,
      async handle({ params, reply, tell }) {
        const { id, name } = await notifications.remove(params['id']!)
        tell({ name })
        return reply({ id, name, removed: true })
      },
    }),
    defineRoute({
      method: 'POST',
      path: `${path}/:id/test`,
      needs: 'admin',
      action: 'notification_channel.test',
      summary: 'Send a message there now, and say what came of it',
      body: z.strictObject({}),
      response: deliverySchema,
      async handle({ params, reply, tell }) {
        const delivery = renderDelivery(await notifications.test(params['id']!))
        tell({ sent: delivery.sent })
        return reply(delivery)
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/api/v1/notifications',
      needs: 'admin',
      summary: 'What was told, what waits and what failed; newest first',
      query: noticeQuerySchema,
      response: noticeListSchema,
      async handle({ query: { channel, state, limit }, reply }) {
        const filter = {
          ...(channel === undefined ? {} : { channelId: channel }),
          ...(state === undefined ? {} : { state }),
          limit,
        }
        return reply({ items: (await notifications.listNotices(filter)).map(renderNotice) })
      },
    }),
  ]
}
