import { expect, it } from 'vitest'
import { buildId } from '../../domain/id.ts'
import { createPresence } from './presence.ts'

const bytes = (n: number) => Buffer.alloc(16, n)
const serverId = buildId('srv', 0, bytes(1))
const [one, two] = [buildId('ver', 0, bytes(1)), buildId('ver', 0, bytes(2))]
const row = { instanceId: buildId('ins', 0, bytes(1)), serverId, versionId: two }

it('takes nothing for a leftover that is watched, or that another version may just be starting', () => {
  const presence = createPresence()
  expect(presence.isLeftover(row, one)).toBe(true)
  const unwatch = presence.watch(row.instanceId)
  expect(presence.isLeftover(row, two)).toBe(false)
  unwatch()
  const endSharing = presence.share(serverId)
  const endOther = presence.share(serverId)
  expect(presence.isLeftover(row, one)).toBe(false)
  expect(presence.isLeftover(row, two)).toBe(true)
  endSharing()
  endSharing()
  expect(presence.isLeftover(row, one)).toBe(false)
  endOther()
  expect(presence.isLeftover(row, one)).toBe(true)
})
