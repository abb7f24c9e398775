import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  type AnyRoute,
} from '@tanstack/react-router'
import type { ComponentType, ReactNode } from 'react'
import type { Scope } from '../../src/domain/principal.ts'
import { mayDo, useMe } from '../lib/me.ts'
import { parseSearch, renderSearch } from '../lib/search.ts'
import { Crashed, Forbidden, NotFound } from './error-pages.tsx'
import { SCREENS } from './screens.ts'
import { ServerFrame } from './server-frame.tsx'
import { Shell } from './shell.tsx'

const root = createRootRoute({
  component: Outlet,
  notFoundComponent: () => (
    <Shell>
      <NotFound />
    </Shell>
  ),
})

const shell = createRoute({
  getParentRoute: () => root,
  id: 'shell',
  component: () => (
    <Shell>
      <Outlet />
    </Shell>
  ),
})

const FRAMED = '/servers/$name'
const frame = createRoute({ getParentRoute: () => shell, path: FRAMED, component: ServerFrame })

/** The 403 page in place of one that the account may not see. */
function guard(needs: Scope, load: (typeof SCREENS)[number]['load']): () => ReactNode {
  const Page: ComponentType = lazyRouteComponent(load, 'Page') as unknown as ComponentType
  return function Guarded() {
    const me = useMe()
    return me !== null && !mayDo(me, needs) ? <Forbidden needs={needs} /> : <Page />
  }
}

const isFramed = (path: string) => path === FRAMED || path.startsWith(`${FRAMED}/`)
const build = (parent: typeof root | typeof shell | typeof frame, screens: typeof SCREENS, cut = '') =>
  screens.map(({ path, load, needs }) =>
    createRoute({
      getParentRoute: () => parent as typeof root,
      path: path.slice(cut.length) === '' ? '/' : path.slice(cut.length),
      component: needs === undefined ? lazyRouteComponent(load, 'Page') : guard(needs, load),
    } as never),
  )

/** Which of them there are is known when the program is built, so the compiler cannot tell their addresses apart. */
const tree: AnyRoute = root.addChildren([
  ...build(
    root,
    SCREENS.filter(({ isBare }) => isBare === true),
  ),
  shell.addChildren([
    ...build(
      shell,
      SCREENS.filter(({ path, isBare }) => isBare !== true && !isFramed(path)),
    ),
    frame.addChildren(
      build(
        frame,
        SCREENS.filter(({ path }) => isFramed(path)),
        FRAMED,
      ) as never,
    ),
  ] as never),
] as never) as never

export const router = createRouter({
  routeTree: tree,
  parseSearch,
  stringifySearch: renderSearch,
  defaultPreload: 'intent',
  scrollRestoration: true,
  defaultErrorComponent: Crashed,
})
