import { Ban, ExternalLink, TriangleAlert } from 'lucide-react'
import type { ReactNode } from 'react'
import { buttonClass } from '../button.tsx'
import { Card } from '../card.tsx'
import { CodeBlock } from '../code-block.tsx'
import { CopyButton } from '../copy-button.tsx'
import { fillToken } from './fill-token.ts'
import type { Client } from './order-clients.ts'
import { CONNECT_WORDS } from './words.ts'

/** How one client is given the endpoint, or why it cannot be. @param token of this moment; it is only ever copied */
export function ClientSetup({ client, token }: { readonly client: Client; readonly token: string | null }) {
  const { title, disabled, links, commands, files, steps, cautions } = client
  if (disabled !== null) {
    return (
      <Card title={title}>
        <div className="flex items-start gap-2.5">
          <Ban aria-hidden className="mt-0.5 size-4 shrink-0 text-muted" />
          <div className="min-w-0">
            <p className="font-medium">{CONNECT_WORDS.disabled(title)}</p>
            <p className="mt-0.5 text-sm break-words text-muted">{disabled}</p>
          </div>
        </div>
      </Card>
    )
  }
  return (
    <Card title={title} description={CONNECT_WORDS.formats(client)}>
      <div className="flex flex-col gap-5">
        {cautions.length > 0 && (
          <ul className="flex flex-col gap-1.5 rounded-md bg-warn-soft px-3 py-2 text-sm">
            {cautions.map((caution) => (
              <li key={caution} className="flex items-start gap-2">
                <TriangleAlert aria-hidden className="mt-0.5 size-4 shrink-0 text-warn" />
                <span className="min-w-0">{caution}</span>
              </li>
            ))}
          </ul>
        )}
        {links.length > 0 && (
          <Way title={CONNECT_WORDS.link}>
            <div className="flex flex-wrap gap-2">
              {links.map(({ label, href }, index) => (
                <a
                  key={href}
                  href={href}
                  className={buttonClass(index === 0 ? 'primary' : 'secondary')}
                  {...(href.startsWith('https:') ? { target: '_blank', rel: 'noreferrer' } : {})}
                >
                  <ExternalLink aria-hidden className="size-4" />
                  {label}
                </a>
              ))}
            </div>
          </Way>
        )}
        {commands.length > 0 && (
          <Way title={CONNECT_WORDS.command}>
            {commands.map(({ label, text }) => (
              <Snippet key={label} label={label} what="command" code={text} token={token} />
            ))}
          </Way>
        )}
        {files.length > 0 && (
          <Way title={CONNECT_WORDS.file}>
            {files.map(({ label, path, os, text }) => (
              <Snippet
                key={`${label}${path}${os}`}
                label={os === null ? label : `${label}, ${CONNECT_WORDS.os[os]}`}
                path={path}
                what="file"
                code={text.trimEnd()}
                token={token}
              />
            ))}
          </Way>
        )}
        {steps.length > 0 && (
          <Way title={CONNECT_WORDS.steps}>
            <ol className="list-decimal space-y-1 pl-5 text-sm">
              {steps.map((step) => (
                <li key={step} className="break-words">
                  {step}
                </li>
              ))}
            </ol>
          </Way>
        )}
      </div>
    </Card>
  )
}

function Way({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <section className="flex min-w-0 flex-col gap-2">
      <h3 className="text-sm font-semibold">{title}</h3>
      {children}
    </section>
  )
}

function Snippet({
  label,
  path = null,
  what,
  code,
  token,
}: {
  readonly label: string
  readonly path?: string | null
  readonly what: string
  readonly code: string
  readonly token: string | null
}) {
  const filled = token === null ? null : fillToken(code, token)
  return (
    <div className="min-w-0">
      <div className="mb-1 flex min-h-7 flex-wrap items-center justify-between gap-x-2 text-xs text-muted">
        <span className="min-w-0 break-words">
          {label}
          {path !== null && (
            <>
              {' '}
              {CONNECT_WORDS.fileAt} <code className="break-all text-text">{path}</code>
            </>
          )}
        </span>
        {filled !== null && (
          <CopyButton
            text={filled}
            what={`${what} with the token: ${label}`}
            label={CONNECT_WORDS.copyWithToken}
          />
        )}
      </div>
      <CodeBlock code={code} what={`${what}: ${label}`} />
    </div>
  )
}
