/** How each setting is asked for. Its bounds are the platform's: they come with its description of itself. */
import type { CONFIG_WORDS as WORDS } from './words.ts'

type Kind =
  | { readonly kind: 'text' | 'long' | 'lines' }
  | { readonly kind: 'number'; readonly unit?: string; readonly step?: number }
  | { readonly kind: 'switch' }
  | { readonly kind: 'choice'; readonly values: readonly string[] }

export type SettingField = Kind & { readonly field: keyof typeof WORDS.fields }
export type Group = { readonly id: keyof typeof WORDS.groups; readonly fields: readonly SettingField[] }

export const GROUPS: readonly Group[] = [
  {
    id: 'about',
    fields: [
      { field: 'description', kind: 'long' },
      { field: 'tags', kind: 'lines' },
      { field: 'expires_at', kind: 'text' },
    ],
  },
  {
    id: 'limits',
    fields: [
      { field: 'resource_limits.memory_mb', kind: 'number', unit: 'MiB' },
      { field: 'resource_limits.cpu_percent', kind: 'number', unit: '%' },
      { field: 'resource_limits.max_processes', kind: 'number' },
      { field: 'resource_limits.disk_mb', kind: 'number', unit: 'MiB' },
    ],
  },
  {
    id: 'restarts',
    fields: [
      { field: 'auto_restart', kind: 'switch' },
      { field: 'max_restarts', kind: 'number' },
      { field: 'restart_delay', kind: 'number', unit: 's', step: 0.1 },
      { field: 'start_timeout', kind: 'number', unit: 's' },
    ],
  },
  {
    id: 'health',
    fields: [
      { field: 'health_check_interval', kind: 'number', unit: 's' },
      { field: 'health_check_timeout', kind: 'number', unit: 's' },
      { field: 'health_failure_threshold', kind: 'number' },
      { field: 'health_success_threshold', kind: 'number' },
      { field: 'health_check_url', kind: 'text' },
    ],
  },
  {
    id: 'calls',
    fields: [
      { field: 'instances', kind: 'text' },
      { field: 'on_session_loss', kind: 'choice', values: ['resume', '404'] },
      { field: 'idle_stop_seconds', kind: 'number', unit: 's' },
      { field: 'call_timeout_seconds', kind: 'number', unit: 's' },
      { field: 'upstream_era', kind: 'choice', values: ['match', 'modern', 'legacy'] },
    ],
  },
  {
    id: 'trust',
    fields: [
      { field: 'pin', kind: 'choice', values: ['off', 'warn', 'block'] },
      { field: 'disabled_tools', kind: 'lines' },
    ],
  },
  {
    id: 'transport',
    fields: [
      { field: 'transport', kind: 'choice', values: ['stdio', 'http'] },
      { field: 'port', kind: 'number' },
      { field: 'path', kind: 'text' },
    ],
  },
]

/** On a part of the page of its own, beside what was observed. */
export const NETWORK: readonly SettingField[] = [
  { field: 'allowed_network', kind: 'switch' },
  { field: 'egress', kind: 'lines' },
]
