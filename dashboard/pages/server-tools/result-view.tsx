import { Ban, CircleAlert, CircleCheck, Clock, TriangleAlert, Unplug, type LucideIcon } from 'lucide-react'
import type { ReactNode } from 'react'
import { cn } from '../../lib/cn.ts'
import type { Failure, Outcome } from '../../lib/tools/outcome.ts'
import { Card } from '../../parts/card.tsx'
import { CodeBlock } from '../../parts/code-block.tsx'
import { ContentItems } from '../../parts/content/content-items.tsx'
import { VisibleText } from '../../parts/content/visible-text.tsx'
import { Tabs } from '../../parts/tabs.tsx'
import type { Call } from './call-history.ts'
import { TOOLS_WORDS } from './words.ts'

const TABS = ['rendered', 'structured', 'raw', 'protocol'] as const
type Tab = (typeof TABS)[number]

export function ResultView({
  call,
  tab,
  onTab,
}: {
  readonly call: Call
  readonly tab: string
  readonly onTab: (tab: string) => void
}) {
  const { outcome } = call
  const contents: Readonly<Record<Tab, ReactNode>> = {
    rendered: <Rendered outcome={outcome} />,
    structured:
      outcome.kind === 'result' && outcome.structured !== undefined ? (
        <CodeBlock code={JSON.stringify(outcome.structured, null, 2)} what="structured content" />
      ) : (
        <p className="text-sm text-muted">{TOOLS_WORDS.noStructured}</p>
      ),
    raw: <CodeBlock code={JSON.stringify(call.answer, null, 2)} what="answer" />,
    protocol: <Protocol call={call} />,
  }
  return (
    <Card
      title={TOOLS_WORDS.result}
      actions={<span className="text-xs text-muted tabular-nums">{TOOLS_WORDS.took(call.tookMs)}</span>}
    >
      <div data-outcome={outcome.kind} aria-live="polite">
        <Tabs
          label={TOOLS_WORDS.result}
          value={TABS.find((name) => name === tab) ?? 'rendered'}
          onChange={onTab}
          tabs={TABS.map((value) => ({ value, label: TOOLS_WORDS.tabs[value], content: contents[value] }))}
        />
      </div>
    </Card>
  )
}

function Rendered({ outcome }: { readonly outcome: Outcome }) {
  switch (outcome.kind) {
    case 'empty':
      return <Note icon={CircleCheck} tone="text-good" title={TOOLS_WORDS.emptyResult} />
    case 'cancelled':
      return <Note icon={Ban} tone="text-muted" title={TOOLS_WORDS.cancelled} />
    case 'result':
      return (
        <div className="flex min-w-0 flex-col gap-3">
          {outcome.isError && <Note icon={TriangleAlert} tone="text-bad" title={TOOLS_WORDS.toolError} />}
          {outcome.items.length > 0 ? (
            <ContentItems items={outcome.items} />
          ) : (
            outcome.structured !== undefined && (
              <CodeBlock code={JSON.stringify(outcome.structured, null, 2)} what="structured content" />
            )
          )}
        </div>
      )
    default:
      return (
        <Note icon={ICONS[outcome.kind]} tone="text-bad" title={TOOLS_WORDS.failures[outcome.kind]}>
          <VisibleText text={outcome.error.message} />
          {outcome.error.hint !== null && (
            <span className="mt-1 block text-muted">
              <VisibleText text={outcome.error.hint} />
            </span>
          )}
        </Note>
      )
  }
}

const ICONS: Readonly<Record<Failure, LucideIcon>> = {
  invalid_params: CircleAlert,
  unknown_tool: CircleAlert,
  timeout: Clock,
  protocol: TriangleAlert,
  forbidden: Ban,
  transport: Unplug,
}

function Note({
  icon: Icon,
  tone,
  title,
  children,
}: {
  readonly icon: LucideIcon
  readonly tone: string
  readonly title: string
  readonly children?: ReactNode
}) {
  return (
    <div className="flex items-start gap-2 text-sm">
      <Icon aria-hidden className={cn('mt-0.5 size-4 shrink-0', tone)} />
      <div className="min-w-0 break-words">
        <p className={cn('font-medium', tone)}>{title}</p>
        {children !== undefined && <p className="whitespace-pre-wrap">{children}</p>}
      </div>
    </div>
  )
}

/** What went over the line between this page and the gateway: progress, questions and answers too. */
function Protocol({ call }: { readonly call: Call }) {
  return (
    <ol className="flex flex-col gap-3">
      {call.messages.map(({ way, message }, index) => (
        <li key={index}>
          <p className="mb-1 text-xs font-medium text-muted">
            {way === 'sent' ? TOOLS_WORDS.sent : TOOLS_WORDS.received}
          </p>
          <CodeBlock code={JSON.stringify(message, null, 2)} what={`message ${index + 1}`} />
        </li>
      ))}
      {call.messages.every(({ way }) => way === 'sent') && (
        <li className="text-sm text-muted">{TOOLS_WORDS.nothingCame}</li>
      )}
    </ol>
  )
}
