/** The state of the secrets' key as a line of doctor. */
import type { VaultStatus } from '../../hosting/ports.ts'

type Check = {
  readonly id: string
  readonly area: string
  readonly status: 'ok' | 'fail'
  readonly found: string
  readonly fix: string | null
}

export function buildKeyCheck({ state, keyId, place, problem }: VaultStatus): Check {
  const about = { id: 'secrets_key', area: 'secrets' }
  if (state === 'locked') {
    return {
      ...about,
      status: 'fail',
      found: `secrets are locked: ${problem ?? 'the key cannot be used.'} Servers that have any do not start`,
      fix: `Put the key that was in use before back in its place (${place}). Nothing was deleted.`,
    }
  }
  const found =
    state === 'unused'
      ? `no secret is stored yet; the key will come from ${place}`
      : `secrets are encrypted under the key ${keyId ?? '?'} from ${place}`
  return { ...about, status: 'ok', found, fix: null }
}
