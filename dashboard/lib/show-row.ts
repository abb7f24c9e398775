/** Scrolls its list, and not the page, so far that the row of what is chosen is seen. */
export function showRow(row: HTMLElement | null): void {
  const list = row?.closest('ul')
  if (row === null || !list) return
  const [outer, inner] = [list.getBoundingClientRect(), row.getBoundingClientRect()]
  if (inner.top < outer.top) list.scrollTop -= outer.top - inner.top
  else if (inner.bottom > outer.bottom) list.scrollTop += inner.bottom - outer.bottom
}
