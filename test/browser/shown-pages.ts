/** The addresses that tests and screenshots go through: every screen that has a page. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { ALL_SCREENS } from '../../dashboard/app/screen-list.ts'

const PAGES = join(import.meta.dirname, '../../dashboard/pages')

/** Of those inside the frame. Parts of an address that only a running deployment has are for the tests of that page. */
export function listAddresses(server: string): readonly string[] {
  return ALL_SCREENS.filter(
    ({ folder, path, isBare }) =>
      isBare !== true && !/\$(?!name)/.test(path) && existsSync(join(PAGES, folder, 'page.tsx')),
  ).map(({ path }) => path.replace('$name', server))
}

export const VIEWS = [
  { theme: 'light', width: 1280 },
  { theme: 'dark', width: 360 },
  { theme: 'dark', width: 1280 },
  { theme: 'light', width: 360 },
] as const
