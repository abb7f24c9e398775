/** The part of Markdown that tools write, as a tree that has no place for markup: no HTML, no images, links by http(s) alone. */
export type Inline =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'code'; readonly text: string }
  | { readonly kind: 'strong' | 'em'; readonly children: readonly Inline[] }
  | { readonly kind: 'link'; readonly url: string; readonly children: readonly Inline[] }
export type Block =
  | { readonly kind: 'heading'; readonly level: number; readonly children: readonly Inline[] }
  | { readonly kind: 'paragraph'; readonly children: readonly Inline[] }
  | { readonly kind: 'code'; readonly text: string }
  | { readonly kind: 'quote'; readonly children: readonly Inline[] }
  | { readonly kind: 'list'; readonly isOrdered: boolean; readonly items: readonly (readonly Inline[])[] }
  | { readonly kind: 'table'; readonly rows: readonly (readonly (readonly Inline[])[])[] }
  | { readonly kind: 'rule' }

const MAX_BLOCKS = 2_000
const MAX_DEPTH = 4
/** Longer lines are data, not prose. */
const MAX_INLINE = 20_000

export function looksLikeMarkdown(text: string): boolean {
  return /^(?:#{1,6} |[-*] |\d+\. |```|> |\|.+\|)|\*\*[^*\n]+\*\*|`[^`\n]+`|\[[^\]\n]+\]\(https?:/m.test(
    text.slice(0, 50_000),
  )
}

const LIST = /^\s{0,8}(?:[-*+]|(\d{1,9})[.)])\s+(.*)$/

export function parseMarkdown(text: string): readonly Block[] {
  const lines = text.split(/\r?\n/)
  const blocks: Block[] = []
  let at = 0
  const takeWhile = (isPart: (line: string) => boolean) => {
    const from = at
    while (at < lines.length && isPart(lines[at]!)) at += 1
    return lines.slice(from, at)
  }
  while (at < lines.length && blocks.length < MAX_BLOCKS) {
    const line = lines[at]!
    const heading = /^(#{1,6})\s+(.*)$/.exec(line)
    if (line.trim() === '') at += 1
    else if (line.trimStart().startsWith('```')) {
      at += 1
      const code = takeWhile((one) => !one.trimStart().startsWith('```'))
      at += 1
      blocks.push({ kind: 'code', text: code.join('\n') })
    } else if (heading !== null) {
      at += 1
      blocks.push({ kind: 'heading', level: heading[1]!.length, children: parseInline(heading[2]!) })
    } else if (/^\s{0,3}([-*_])(?:\s*\1){2,}\s*$/.test(line)) {
      at += 1
      blocks.push({ kind: 'rule' })
    } else if (line.startsWith('>')) {
      const quoted = takeWhile((one) => one.startsWith('>')).map((one) => one.replace(/^>\s?/, ''))
      blocks.push({ kind: 'quote', children: parseInline(quoted.join('\n')) })
    } else if (LIST.test(line)) {
      const items = takeWhile((one) => LIST.test(one)).map((one) => LIST.exec(one)!)
      blocks.push({
        kind: 'list',
        isOrdered: items[0]![1] !== undefined,
        items: items.map(([, , item]) => parseInline(item!)),
      })
    } else if (line.startsWith('|') && /^\|?\s*:?-+/.test(lines[at + 1] ?? '')) {
      const rows = takeWhile((one) => one.startsWith('|')).filter((_, index) => index !== 1)
      blocks.push({ kind: 'table', rows: rows.map((row) => cutCells(row).map((cell) => parseInline(cell))) })
    } else {
      const from = at
      takeWhile((one) => one.trim() !== '' && !/^(?:#{1,6}\s|```|>)/.test(one) && !LIST.test(one))
      if (at === from) at += 1
      blocks.push({ kind: 'paragraph', children: parseInline(lines.slice(from, at).join('\n')) })
    }
  }
  if (at < lines.length) blocks.push({ kind: 'code', text: lines.slice(at).join('\n') })
  return blocks
}

function cutCells(row: string): readonly string[] {
  return row
    .replace(/^\|/, '')
    .replace(/\|\s*$/, '')
    .split('|')
    .map((cell) => cell.trim())
}

const INLINE =
  /`([^`\n]+)`|\*\*([^*\n]+)\*\*|(?<![\w*])\*([^*\n]+)\*(?!\w)|(?<!\w)_([^_\n]+)_(?!\w)|\[([^\]\n]{1,500})\]\((https?:\/\/[^\s)]{1,2000})\)|(https?:\/\/[^\s<>"')\]]{1,2000})/gi

export function parseInline(text: string, depth = 0): readonly Inline[] {
  if (text.length > MAX_INLINE || depth > MAX_DEPTH) return [{ kind: 'text', text }]
  const parts: Inline[] = []
  let at = 0
  for (const found of text.matchAll(INLINE)) {
    if (found.index > at) parts.push({ kind: 'text', text: text.slice(at, found.index) })
    const [whole, code, strong, star, underscore, label, url, bare] = found
    if (code !== undefined) parts.push({ kind: 'code', text: code })
    else if (strong !== undefined) parts.push({ kind: 'strong', children: parseInline(strong, depth + 1) })
    else if (label !== undefined)
      parts.push({ kind: 'link', url: url!, children: parseInline(label, MAX_DEPTH + 1) })
    else if (bare !== undefined)
      parts.push({ kind: 'link', url: bare, children: [{ kind: 'text', text: bare }] })
    else parts.push({ kind: 'em', children: parseInline(star ?? underscore ?? whole, depth + 1) })
    at = found.index + whole.length
  }
  if (at < text.length) parts.push({ kind: 'text', text: text.slice(at) })
  return parts
}
