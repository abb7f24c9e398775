/** What a tool or a resource answered, each kind as itself. */
import { Download, FileText, Link2, Music } from 'lucide-react'
import { useState, type ReactNode } from 'react'
import { formatBytes } from '../../lib/format.ts'
import { looksLikeMarkdown } from '../../lib/markdown.ts'
import { imageUrl, type ContentItem } from '../../lib/tools/outcome.ts'
import { countHidden } from '../../lib/visible-text.ts'
import { Badge } from '../badge.tsx'
import { Button } from '../button.tsx'
import { CodeBlock } from '../code-block.tsx'
import { Markdown } from './markdown.tsx'
import { VisibleText } from './visible-text.tsx'
import { CONTENT_WORDS } from './words.ts'

/** More text than that is not read on a page. */
const MAX_SHOWN = 200_000

export function ContentItems({ items }: { readonly items: readonly ContentItem[] }) {
  return (
    <ul className="flex min-w-0 flex-col gap-3">
      {items.map((item, index) => (
        <li key={index} data-content={item.kind} className="min-w-0">
          <ContentView item={item} />
        </li>
      ))}
    </ul>
  )
}

function ContentView({ item }: { readonly item: ContentItem }) {
  switch (item.kind) {
    case 'text':
      return <TextView text={item.text} />
    case 'image': {
      const url = imageUrl(item)
      return url === null ? (
        <FileView
          icon={<FileText aria-hidden className="size-4" />}
          name={CONTENT_WORDS.notShown(item.mediaType)}
          base64={item.base64}
        />
      ) : (
        <img
          src={url}
          alt={CONTENT_WORDS.image}
          className="max-h-96 max-w-full rounded-md border border-line"
        />
      )
    }
    case 'audio':
      return (
        <FileView
          icon={<Music aria-hidden className="size-4" />}
          name={CONTENT_WORDS.audio(item.mediaType, sizeOf(item.base64))}
          base64={item.base64}
        />
      )
    case 'link':
      return (
        <Box icon={<Link2 aria-hidden className="size-4" />} title={CONTENT_WORDS.link}>
          <p className="font-medium break-words">
            <VisibleText text={item.name} />
          </p>
          <p className="text-xs break-all text-muted">
            <code>
              <VisibleText text={item.uri} />
            </code>
            {item.mediaType !== null && `, ${item.mediaType}`}
            {item.size !== null && `, ${formatBytes(item.size)}`}
          </p>
          {item.description !== null && (
            <p className="text-sm">
              <VisibleText text={item.description} />
            </p>
          )}
        </Box>
      )
    case 'embedded':
      return (
        <Box icon={<FileText aria-hidden className="size-4" />} title={CONTENT_WORDS.embedded}>
          <p className="mb-1 text-xs break-all text-muted">
            <code>
              <VisibleText text={item.uri} />
            </code>
            {item.mediaType !== null && `, ${item.mediaType}`}
          </p>
          <EmbeddedBody item={item} />
        </Box>
      )
    case 'unknown':
      return (
        <Box icon={<FileText aria-hidden className="size-4" />} title={CONTENT_WORDS.unknown}>
          <CodeBlock code={JSON.stringify(item.value, null, 2)} what="content" />
        </Box>
      )
  }
}

function EmbeddedBody({ item }: { readonly item: ContentItem & { kind: 'embedded' } }) {
  if (item.text !== null) return <TextView text={item.text} />
  if (item.base64 === null) return null
  const mediaType = item.mediaType ?? 'application/octet-stream'
  const url = imageUrl({ mediaType, base64: item.base64 })
  if (url !== null)
    return (
      <img
        src={url}
        alt={CONTENT_WORDS.image}
        className="max-h-96 max-w-full rounded-md border border-line"
      />
    )
  return (
    <FileView
      icon={<FileText aria-hidden className="size-4" />}
      name={CONTENT_WORDS.binary(mediaType, sizeOf(item.base64))}
      base64={item.base64}
    />
  )
}

function TextView({ text }: { readonly text: string }) {
  const shown = text.length > MAX_SHOWN ? text.slice(0, MAX_SHOWN) : text
  const isMarkdown = looksLikeMarkdown(shown)
  const [isRendered, setRendered] = useState(true)
  const hidden = countHidden(shown)
  return (
    <div className="min-w-0">
      {(isMarkdown || hidden > 0) && (
        <div className="mb-1 flex flex-wrap items-center gap-2">
          {isMarkdown && (
            <Button variant="ghost" size="sm" onClick={() => setRendered(!isRendered)}>
              {isRendered ? CONTENT_WORDS.plain : CONTENT_WORDS.markdown}
            </Button>
          )}
          {hidden > 0 && <Badge tone="bad">{CONTENT_WORDS.hidden(hidden)}</Badge>}
        </div>
      )}
      {isMarkdown && isRendered ? (
        <Markdown text={shown} />
      ) : (
        <pre
          tabIndex={0}
          className="max-h-[32rem] overflow-auto rounded-md bg-sunken px-3 py-2 text-sm break-words whitespace-pre-wrap"
        >
          <VisibleText text={shown} />
        </pre>
      )}
      {shown.length < text.length && (
        <p className="mt-1 text-xs text-muted">{CONTENT_WORDS.cut(shown.length, text.length)}</p>
      )}
    </div>
  )
}

function Box({
  icon,
  title,
  children,
}: {
  readonly icon: ReactNode
  readonly title: string
  readonly children: ReactNode
}) {
  return (
    <div className="flex min-w-0 gap-2 rounded-md border border-line p-3">
      <span className="mt-0.5 shrink-0 text-muted">{icon}</span>
      <div className="min-w-0 flex-1">
        <p className="text-xs font-medium text-muted">{title}</p>
        {children}
      </div>
    </div>
  )
}

/** What this page neither plays nor shows can be kept as a file, which opens nothing by itself. */
function FileView({
  icon,
  name,
  base64,
}: {
  readonly icon: ReactNode
  readonly name: string
  readonly base64: string
}) {
  const save = () => {
    const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0))
    const url = URL.createObjectURL(new Blob([bytes], { type: 'application/octet-stream' }))
    const link = document.createElement('a')
    link.href = url
    link.download = 'content.bin'
    link.click()
    URL.revokeObjectURL(url)
  }
  return (
    <div className="flex items-center gap-2 rounded-md border border-line px-3 py-2 text-sm">
      <span className="text-muted">{icon}</span>
      <span className="min-w-0 flex-1 break-words">
        <VisibleText text={name} />
      </span>
      <Button size="sm" icon={Download} disabled={!isBase64(base64)} onClick={save}>
        {CONTENT_WORDS.save}
      </Button>
    </div>
  )
}

function isBase64(text: string): boolean {
  return text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text)
}

function sizeOf(base64: string): number {
  return Math.floor((base64.replace(/=+$/, '').length * 3) / 4)
}
