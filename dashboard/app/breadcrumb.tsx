import { Link, useLocation } from '@tanstack/react-router'
import { hasScreen, SCREENS } from './screens.ts'

type Crumb = { readonly label: string; readonly to: string }

function buildCrumbs(pathname: string): readonly Crumb[] {
  const parts = pathname.split('/').filter(Boolean)
  if (parts.length === 0) return [{ label: 'Overview', to: '/' }]
  const [area = '', name, tab] = parts
  const areaPath = `/${area}`
  const crumbs: Crumb[] = [{ label: labelOf(areaPath) ?? area, to: areaPath }]
  if (area !== 'servers' || name === undefined) return crumbs
  crumbs.push({ label: decodeURIComponent(name), to: `/servers/${name}` })
  const label = tab === undefined ? undefined : labelOf(`/servers/$name/${tab}`)
  return label === undefined ? crumbs : [...crumbs, { label, to: `/servers/${name}/${tab}` }]
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
            <li key={to} className="flex min-w-0 items-center gap-1.5">
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
                <Link to={to} className="truncate text-muted hover:text-text hover:underline">
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
