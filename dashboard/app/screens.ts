/** The screens that exist, and where they are linked. */
import type { ComponentType } from 'react'
import { ALL_SCREENS, type Screen } from './screen-list.ts'

type PageModule = { readonly Page: ComponentType }
const modules = import.meta.glob<PageModule>('../pages/*/page.tsx')

export const SCREENS: readonly (Screen & { readonly load: () => Promise<PageModule> })[] =
  ALL_SCREENS.flatMap((screen) => {
    const load = modules[`../pages/${screen.folder}/page.tsx`]
    return load === undefined ? [] : [{ ...screen, load }]
  })

const SERVER = '/servers/$name'
export const NAV_SCREENS = SCREENS.filter(({ nav }) => nav !== undefined)
/** Of the page of one server, in this order. */
export const SERVER_TABS = SCREENS.filter(({ path }) => path === SERVER || path.startsWith(`${SERVER}/`))

export function hasScreen(path: string): boolean {
  return SCREENS.some((screen) => screen.path === path)
}
