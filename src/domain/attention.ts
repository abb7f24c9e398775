/** What needs somebody, each with the one thing to do about it: the same in page, command line and tools. */

export const ATTENTION_KINDS = [
  'failed',
  'backoff',
  'dependency_down',
  'unhealthy',
  'calls_refused',
  'review_waits',
  'tools_changed',
  'version_left',
  'secret_missing',
  'scan_blocked',
  'disk_nearly_full',
  'host',
  'token_expires',
] as const
export type AttentionKind = (typeof ATTENTION_KINDS)[number]

/** `now`: somebody is not served; `soon`: somebody will not be, or has to decide. */
export const URGENCIES = ['now', 'soon'] as const
export type Urgency = (typeof URGENCIES)[number]

/** What a page leads to. */
export const ATTENTION_ACTIONS = [
  'open_logs',
  'restart',
  'review_version',
  'accept_tools',
  'compare_versions',
  'set_secret',
  'read_findings',
  'free_disk',
  'mend_host',
  'make_token',
] as const
export type AttentionAction = (typeof ATTENTION_ACTIONS)[number]

export type AttentionItem = {
  readonly kind: AttentionKind
  readonly urgency: Urgency
  /** Null where it is about the platform. */
  readonly server: string | null
  /** One sentence. */
  readonly text: string
  /** Milliseconds since the epoch; null where nobody knows. */
  readonly since: number | null
  readonly action: AttentionAction
  /** A button's words, and what to type instead. */
  readonly label: string
  readonly command: string
}

/** What is urgent first, then by kind in the order above, then by server. */
export function sortAttention(items: readonly AttentionItem[]): readonly AttentionItem[] {
  const rank = ({ urgency, kind }: AttentionItem) =>
    URGENCIES.indexOf(urgency) * ATTENTION_KINDS.length + ATTENTION_KINDS.indexOf(kind)
  return items.toSorted((a, b) => rank(a) - rank(b) || (a.server ?? '').localeCompare(b.server ?? '', 'en'))
}
