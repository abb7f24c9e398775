import { useMemo } from 'react'
import { parseMarkdown, type Block, type Inline } from '../../lib/markdown.ts'
import { CONTENT_WORDS } from './words.ts'
import { VisibleText } from './visible-text.tsx'

/** Rendered from a tree, never from markup. */
export function Markdown({ text }: { readonly text: string }) {
  const blocks = useMemo(() => parseMarkdown(text), [text])
  return (
    <div className="flex min-w-0 flex-col gap-2 text-sm break-words">
      {blocks.map((block, index) => (
        <BlockView key={index} block={block} />
      ))}
    </div>
  )
}

function BlockView({ block }: { readonly block: Block }) {
  switch (block.kind) {
    case 'heading':
      // The page has its own headings; those of a tool are none of them.
      return (
        <p className={block.level <= 2 ? 'text-base font-semibold' : 'font-semibold'}>
          <Inlines parts={block.children} />
        </p>
      )
    case 'paragraph':
      return (
        <p className="whitespace-pre-wrap">
          <Inlines parts={block.children} />
        </p>
      )
    case 'code':
      return (
        <pre tabIndex={0} className="overflow-x-auto rounded-md bg-sunken px-3 py-2">
          <code>
            <VisibleText text={block.text} />
          </code>
        </pre>
      )
    case 'quote':
      return (
        <blockquote className="border-l-2 border-line pl-3 whitespace-pre-wrap text-muted">
          <Inlines parts={block.children} />
        </blockquote>
      )
    case 'list': {
      const List = block.isOrdered ? 'ol' : 'ul'
      return (
        <List className={block.isOrdered ? 'list-decimal pl-5' : 'list-disc pl-5'}>
          {block.items.map((item, index) => (
            <li key={index}>
              <Inlines parts={item} />
            </li>
          ))}
        </List>
      )
    }
    case 'table': {
      const [head, ...rows] = block.rows
      return (
        <div tabIndex={0} role="region" aria-label="Table" className="overflow-x-auto">
          <table className="border-collapse text-left">
            <thead>
              <tr>
                {head?.map((cell, index) => (
                  <th key={index} scope="col" className="border border-line px-2 py-1 font-medium">
                    <Inlines parts={cell} />
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {rows.map((row, index) => (
                <tr key={index}>
                  {row.map((cell, at) => (
                    <td key={at} className="border border-line px-2 py-1">
                      <Inlines parts={cell} />
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )
    }
    case 'rule':
      return <hr />
  }
}

function Inlines({ parts }: { readonly parts: readonly Inline[] }) {
  return parts.map((part, index) => <InlineView key={index} part={part} />)
}

function InlineView({ part }: { readonly part: Inline }) {
  switch (part.kind) {
    case 'text':
      return <VisibleText text={part.text} />
    case 'code':
      return (
        <code className="rounded-sm bg-sunken px-1">
          <VisibleText text={part.text} />
        </code>
      )
    case 'strong':
      return (
        <strong>
          <Inlines parts={part.children} />
        </strong>
      )
    case 'em':
      return (
        <em>
          <Inlines parts={part.children} />
        </em>
      )
    case 'link':
      return <OutwardLink url={part.url} parts={part.children} />
  }
}

/** Where it leads stands beside what it says. */
function OutwardLink({ url, parts }: { readonly url: string; readonly parts: readonly Inline[] }) {
  const isBare = parts.length === 1 && parts[0]?.kind === 'text' && parts[0].text === url
  const host = URL.canParse(url) ? new URL(url).host : null
  if (host === null) return <Inlines parts={parts} />
  return (
    <>
      <a href={url} target="_blank" rel="noreferrer noopener" className="text-accent underline">
        {isBare ? <VisibleText text={url} /> : <Inlines parts={parts} />}
      </a>
      {!isBare && <span className="text-xs text-muted"> ({CONTENT_WORDS.leadsTo(host)})</span>}
    </>
  )
}
