/**
 * Every screen there is: its address, its folder, its place. A screen exists when `pages/{folder}/page.tsx` exists and
 * exports `Page`: until then it has no route and no link.
 */
import {
  Activity,
  Boxes,
  Lightbulb,
  LayoutDashboard,
  ScrollText,
  Settings,
  ShieldCheck,
  Waypoints,
  type LucideIcon,
} from 'lucide-react'
import type { Scope } from '../../src/domain/principal.ts'

export type Screen = {
  /** As in the router: `/servers/$name/logs`. */
  readonly path: string
  readonly folder: string
  readonly label: string
  /** In the navigation on the left; `key` goes there after `g`. */
  readonly nav?: { readonly icon: LucideIcon; readonly key: string }
  /** Without it the page says who may see it, and there is no link to it. */
  readonly needs?: Scope
  /** Outside of the frame: nobody is signed in yet. */
  readonly isBare?: true
}

export const ALL_SCREENS: readonly Screen[] = [
  { path: '/setup', folder: 'setup', label: 'Setup', isBare: true },
  { path: '/login', folder: 'login', label: 'Sign in', isBare: true },
  { path: '/', folder: 'overview', label: 'Overview', nav: { icon: LayoutDashboard, key: 'o' } },
  { path: '/servers', folder: 'servers', label: 'Servers', nav: { icon: Boxes, key: 's' } },
  { path: '/deploy', folder: 'deploy', label: 'Deploy' },
  { path: '/deploy/$operation', folder: 'deploy', label: 'Deploy' },
  { path: '/hub', folder: 'hub', label: 'Hub', nav: { icon: Waypoints, key: 'h' } },
  { path: '/logs', folder: 'logs', label: 'Logs', nav: { icon: ScrollText, key: 'l' }, needs: 'logs:read' },
  { path: '/activity', folder: 'activity', label: 'Activity', nav: { icon: Activity, key: 'a' } },
  { path: '/insights', folder: 'insights', label: 'Insights', nav: { icon: Lightbulb, key: 'i' } },
  { path: '/security', folder: 'security', label: 'Security', nav: { icon: ShieldCheck, key: 'y' } },
  { path: '/settings', folder: 'settings', label: 'Settings', nav: { icon: Settings, key: 't' } },
  { path: '/settings/$section', folder: 'settings', label: 'Settings' },
  { path: '/servers/$name', folder: 'server-overview', label: 'Overview' },
  { path: '/servers/$name/tools', folder: 'server-tools', label: 'Tools' },
  { path: '/servers/$name/resources', folder: 'server-resources', label: 'Resources' },
  { path: '/servers/$name/logs', folder: 'server-logs', label: 'Logs' },
  { path: '/servers/$name/metrics', folder: 'server-metrics', label: 'Metrics' },
  { path: '/servers/$name/versions', folder: 'server-versions', label: 'Versions' },
  { path: '/servers/$name/connect', folder: 'server-connect', label: 'Connect' },
  { path: '/servers/$name/config', folder: 'server-config', label: 'Configuration' },
  { path: '/servers/$name/security', folder: 'server-security', label: 'Security' },
]
