import { sortAttention, type AttentionItem } from '../domain/attention.ts'
import { isAllowed, type Principal } from '../domain/principal.ts'
import type { ApiDeps } from './api-deps.ts'
import { renderTimeOrNull } from './schema/common.ts'
import type { AttentionJson } from './schema/attention.ts'

const DAY_MS = 24 * 60 * 60 * 1000
/** So long ahead it is told that a token runs out; a short one only in its last tenth. */
const AHEAD_MS = 7 * DAY_MS
const LAST_PART = 0.1
const FULL = 0.8
/** The host is looked at by starting programs: pages that ask every few seconds see what was found last. */
const HOST_MS = 30_000

type Deps = Pick<ApiDeps, 'access' | 'clock' | 'hosting' | 'readSystem' | 'readDisks'>

type AttentionReader = (principal: Principal) => Promise<AttentionJson>

/** Everything that needs somebody, as far as the caller may know of it: tokens are for administrators. */
export function createAttentionReader(deps: Deps): AttentionReader {
  let host: { readonly at: number; readonly items: Promise<readonly AttentionItem[]> } | null = null
  const readHost = () => {
    const now = deps.clock.monotonic()
    if (host === null || now - host.at > HOST_MS) {
      const items = listHost(deps)
      host = { at: now, items }
      items.catch(() => {
        if (host?.items === items) host = null
      })
    }
    return host.items
  }
  return async (principal) => {
    const all = await Promise.all([deps.hosting.listAttention(), readHost(), listDisks(deps)])
    const tokens = isAllowed(principal, 'admin') ? listTokens(deps) : []
    return {
      items: sortAttention([...all.flat(), ...tokens]).map((item) => ({
        ...item,
        since: renderTimeOrNull(item.since),
      })),
    }
  }
}

/** What `doctor` finds broken. What it only warns of was known when the platform was set up. */
async function listHost({ readSystem }: Deps): Promise<readonly AttentionItem[]> {
  const { checks } = await readSystem()
  return checks
    .filter(({ status }) => status === 'fail')
    .map(({ found, fix }) => ({
      kind: 'host',
      urgency: 'now',
      server: null,
      text: fix === null ? found : `${found}. ${fix}`,
      since: null,
      action: 'mend_host',
      label: 'See the checks',
      command: 'haivemind doctor',
    }))
}

async function listDisks({ readDisks }: Deps): Promise<readonly AttentionItem[]> {
  return (await readDisks())
    .filter(({ freeBytes, sizeBytes }) => sizeBytes > 0 && freeBytes < sizeBytes * (1 - FULL))
    .map(({ path, freeBytes, sizeBytes }) => ({
      kind: 'disk_nearly_full',
      urgency: 'soon',
      server: null,
      text: `The disk of ${path} is ${Math.round((1 - freeBytes / sizeBytes) * 100)} % full.`,
      since: null,
      action: 'free_disk',
      label: 'Clean up',
      command: 'haivemind cleanup --dry-run',
    }))
}

function listTokens({ access, clock }: Deps): readonly AttentionItem[] {
  const now = clock.now()
  return access.listTokens().flatMap(({ name, createdAt, expiresAt }) => {
    if (expiresAt === null || expiresAt <= now) return []
    const ahead = Math.min(AHEAD_MS, (expiresAt - createdAt) * LAST_PART)
    if (expiresAt - now > ahead) return []
    const item: AttentionItem = {
      kind: 'token_expires',
      urgency: 'soon',
      server: null,
      text: `The token "${name}" runs out at ${new Date(expiresAt).toISOString()}.`,
      since: null,
      action: 'make_token',
      label: 'Make another',
      command: 'haivemind token create',
    }
    return [item]
  })
}
