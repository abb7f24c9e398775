import { Link, useLocation } from '@tanstack/react-router'
import { cn } from '../lib/cn.ts'
import { hasScreen, SCREENS } from './screens.ts'
import { SHELL_WORDS } from './words.ts'

type Crumb = { readonly label: string; readonly to: string }

function buildCrumbs(pathname: string): readonly Crumb[] {
  const parts = pathname.split('/').filter(Boolean)
  if (parts.length === 0) return [{ label: 'Overview', to: '/' }]
  const [area = '', name, tab] = parts
  const areaPath = `/${area}`
  const crumbs: Crumb[] = [{ label: labelOf(areaPath) ?? area, to: areaPath }]
  if (name === undefined) return crumbs
  // Below these two is no server, but one deployment and one part of the settings: the way back is what counts.
  if (area === 'deploy') return [...crumbs, { label: SHELL_WORDS.deployment, to: pathname }]
  if (area === 'settings') return [...crumbs, { label: sectionOf(name), to: pathname }]
  if (area !== 'servers') return crumbs
  crumbs.push({ label: decodeURIComponent(name), to: `/servers/${name}` })
  const label = tab === undefined ? undefined : labelOf(`/servers/$name/${tab}`)
  return label === undefined ? crumbs : [...crumbs, { label, to: `/servers/${name}/${tab}` }]
}

function sectionOf(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1)
}

function labelOf(path: string): string | undefined {
  return hasScreen(path) ? SCREENS.find((screen) => screen.path === path)?.label : undefined
}

export function Breadcrumb() {
  const { pathname } = useLocation()
  const crumbs = buildCrumbs(pathname)
  return (
    <nav aria-label="Breadcrumb" className="min-w-0 flex-1">
      <ol className="flex items-center gap-1.5 text-sm">
        {crumbs.map(({ label, to }, index) => {
          const isLast = index === crumbs.length - 1
          return (
            <li
              key={to}
              className={cn(
                'min-w-0 items-center gap-1.5',
                // Where space is small: where this is, and the way back.
                index < crumbs.length - 2 ? 'hidden sm:flex' : 'flex',
              )}
            >
              {index > 0 && (
                <span aria-hidden className="text-muted">
                  /
                </span>
              )}
              {isLast ? (
                <span aria-current="page" className="truncate font-medium">
                  {label}
                </span>
              ) : (
                <Link
                  to={to}
                  className="inline-flex min-h-6 items-center truncate text-muted hover:text-text hover:underline"
                >
                  {label}
                </Link>
              )}
            </li>
          )
        })}
      </ol>
    </nav>
  )
}
