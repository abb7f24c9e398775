import type { PlatformConfig } from '../config/schema.ts'
import type { Clock } from '../domain/clock.ts'
import { createExplainer, type Explainer } from '../explain/create-explainer.ts'
import { readPrivate } from './open-peers.ts'

export function openExplain(
  { provider, base_url, model, ...config }: PlatformConfig['model'],
  deps: { readonly clock: Clock; readonly mask: (text: string) => string },
): Explainer {
  const file = config.api_key_file
  const isConfigured = provider !== null && base_url !== null && model !== null
  return createExplainer({
    ...deps,
    model: isConfigured
      ? {
          provider,
          baseUrl: base_url.replace(/\/$/, ''),
          model,
          readKey: async () => (file === null ? null : await readPrivate(file)),
          timeoutMs: config.timeout_ms,
          maxTokens: config.max_tokens,
          dailyTokens: config.daily_token_budget,
          sendsTail: config.send_logs,
        }
      : null,
  })
}
