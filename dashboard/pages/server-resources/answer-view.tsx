import { useState, type ReactNode } from 'react'
import type { SchemaObject } from '../../lib/schema-form/schema.ts'
import { Button } from '../../parts/button.tsx'
import { Card } from '../../parts/card.tsx'
import { CodeBlock } from '../../parts/code-block.tsx'
import { Problem } from '../../parts/problem.tsx'
import type { Answer } from './use-answer.ts'
import { RESOURCES_WORDS } from './words.ts'

/** What came of a request: rendered, or as it came. */
export function AnswerView({
  title,
  answer,
  children,
}: {
  readonly title: string
  readonly answer: Answer
  readonly children: (result: SchemaObject) => ReactNode
}) {
  const [isRaw, setRaw] = useState(false)
  if (answer.kind === 'cancelled') {
    return (
      <p role="status" className="text-sm text-muted">
        {RESOURCES_WORDS.cancelled}
      </p>
    )
  }
  if (answer.kind === 'failed') return <Problem error={answer.error} />
  return (
    <Card
      title={title}
      actions={
        <>
          <span className="text-xs text-muted tabular-nums">{RESOURCES_WORDS.took(answer.tookMs)}</span>
          <Button size="sm" variant="ghost" aria-pressed={isRaw} onClick={() => setRaw(!isRaw)}>
            {RESOURCES_WORDS.raw}
          </Button>
        </>
      }
    >
      <div data-answer aria-live="polite">
        {isRaw ? (
          <CodeBlock code={JSON.stringify(answer.result, null, 2)} what="result" />
        ) : (
          children(answer.result)
        )}
      </div>
    </Card>
  )
}
