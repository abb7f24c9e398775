/** How well secrets are kept, as lines of doctor. */
import type { VaultStatus } from '../../hosting/ports.ts'

type Check = {
  readonly id: string
  readonly area: string
  readonly status: 'ok' | 'warn' | 'fail'
  readonly found: string
  readonly fix: string | null
}

export function buildSecretChecks(status: VaultStatus, canDump: boolean): readonly Check[] {
  return [buildKeyCheck(status), buildDumpCheck(canDump)]
}

/** Without a running platform nothing is decrypted: whether the key fits is not known then. */
export function buildClosedSecretChecks(canDump: boolean): readonly Check[] {
  const found = 'whether the key fits the secrets is tried when the platform starts'
  return [{ id: 'secrets_key', area: 'secrets', status: 'ok', found, fix: null }, buildDumpCheck(canDump)]
}

function buildDumpCheck(canDump: boolean): Check {
  return {
    id: 'core_dumps',
    area: 'secrets',
    status: canDump ? 'warn' : 'ok',
    found: canDump
      ? 'a crash of the platform may leave a core dump, which holds what it decrypted'
      : 'the platform leaves no core dumps',
    fix: canDump ? 'Install util-linux (prlimit), or start the platform under ulimit -c 0.' : null,
  }
}

function buildKeyCheck({ state, keyId, place, problem }: VaultStatus): Check {
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
