/** A line, or several, in an address: `1200`, `1200-1210`; of several servers `weather:1200`. */
export type LineLink = { readonly server: string | null; readonly from: number; readonly to: number }

export function parseLineLink(text: string): LineLink | null {
  const found = /^(?:([a-z][a-z0-9-]{0,62}):)?(\d{1,15})(?:-(\d{1,15}))?$/.exec(text)
  if (found === null) return null
  const from = Number(found[2])
  return { server: found[1] ?? null, from, to: found[3] === undefined ? from : Number(found[3]) }
}

export function renderLineLink({ server, from, to }: LineLink): string {
  const [low, high] = from <= to ? [from, to] : [to, from]
  return `${server === null ? '' : `${server}:`}${low}${low === high ? '' : `-${high}`}`
}
