/** Whether a page is part of this dashboard, for links to it. */
const FOLDERS = Object.keys(import.meta.glob('../pages/*/page.tsx')).map((path) => path.split('/')[2])

export function hasPage(folder: string): boolean {
  return FOLDERS.includes(folder)
}
