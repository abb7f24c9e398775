import type { CleanupItem } from '../hosting/cleanup/cleanup-item.ts'
import type { CleanupList, CleanupResult } from '../hosting/cleanup/clean-up.ts'
import type { CleanupDoneJson, CleanupListJson } from './schema/cleanup.ts'
import { renderTime } from './schema/common.ts'

export function renderCleanupList({ items, notice }: CleanupList): CleanupListJson {
  return { items: items.map(renderItem), bytes: sumOf(items), notice }
}

export function renderCleanupDone({ items, freedBytes, notice }: CleanupResult): CleanupDoneJson {
  return {
    items: items.map((item) => ({
      ...renderItem(item),
      freed_bytes: item.freedBytes,
      error: item.error && { code: item.error.code, message: item.error.message, hint: item.error.hint },
    })),
    bytes: sumOf(items),
    freed_bytes: freedBytes,
    notice,
  }
}

const sumOf = (items: readonly CleanupItem[]) => items.reduce((sum, { bytes }) => sum + bytes, 0)

function renderItem({ target, what, why, bytes, at }: CleanupItem): CleanupListJson['items'][number] {
  return { kind: target.kind, what, why, bytes, at: at === null ? null : renderTime(at) }
}
