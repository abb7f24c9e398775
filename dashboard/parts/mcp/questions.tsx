/** What a server wants to know while it works. Its words are a stranger's: inert, and marked as such. */
import { ExternalLink, MessageCircleQuestion } from 'lucide-react'
import { useState } from 'react'
import type { Answer, Answers, Question } from '../../lib/mcp/questions.ts'
import { checkValue } from '../../lib/schema-form/check.ts'
import { startDraft, valueOf, type Draft, type Problem } from '../../lib/schema-form/draft.ts'
import type { SchemaObject } from '../../lib/schema-form/schema.ts'
import { Button, buttonClass } from '../button.tsx'
import { CodeBlock } from '../code-block.tsx'
import { VisibleText } from '../content/visible-text.tsx'
import { SchemaForm } from '../schema-form/schema-form.tsx'
import { ASKING_WORDS } from './words.ts'

type Reply = { readonly isDeclined: boolean; readonly draft: Draft; readonly problems: readonly Problem[] }

function startReply(question: Question): Reply {
  const draft: Draft =
    question.kind === 'form' ? startDraft(question.schema, question.schema) : { is: 'fixed' }
  return { isDeclined: question.kind === 'unknown', draft, problems: [] }
}

export function Questions({
  server,
  list,
  onAnswer,
}: {
  readonly server: string
  readonly list: readonly Question[]
  readonly onAnswer: (answers: Answers) => void
}) {
  const [replies, setReplies] = useState(() => list.map(startReply))
  const change = (at: number, part: Partial<Reply>) =>
    setReplies((before) => before.map((reply, index) => (index === at ? { ...reply, ...part } : reply)))
  const send = () => {
    const judged = list.map((question, at) => judge(question, replies[at]!))
    setReplies((before) => before.map((reply, at) => ({ ...reply, problems: judged[at]!.problems })))
    if (judged.every(({ problems }) => problems.length === 0)) {
      onAnswer(Object.fromEntries(judged.map(({ answer }, at) => [list[at]!.key, answer])))
    }
  }
  const cancel = () =>
    onAnswer(Object.fromEntries(list.map(({ key }) => [key, { action: 'cancel' as const }])))
  return (
    <section
      aria-label={ASKING_WORDS.title(server)}
      data-questions
      className="min-w-0 rounded-lg border border-accent bg-surface shadow-raised"
    >
      <header className="border-b border-line bg-accent-soft px-4 py-2.5">
        <h2 className="flex items-center gap-2 text-base font-semibold">
          <MessageCircleQuestion aria-hidden className="size-4 shrink-0 text-accent" />
          {ASKING_WORDS.title(server)}
        </h2>
        <p className="text-sm text-muted">{ASKING_WORDS.note}</p>
      </header>
      <form
        noValidate
        className="flex min-w-0 flex-col gap-4 p-4"
        onSubmit={(event) => {
          event.preventDefault()
          send()
        }}
      >
        {list.map((question, at) => (
          <QuestionView
            key={question.key}
            question={question}
            reply={replies[at]!}
            onChange={(part) => change(at, part)}
          />
        ))}
        {replies.some(({ problems }) => problems.length > 0) && (
          <p role="alert" className="text-sm font-medium text-bad">
            {ASKING_WORDS.fix}
          </p>
        )}
        <div className="flex flex-wrap items-center gap-2">
          <Button type="submit" variant="primary">
            {ASKING_WORDS.send}
          </Button>
          <Button variant="ghost" onClick={cancel}>
            {ASKING_WORDS.cancel}
          </Button>
        </div>
      </form>
    </section>
  )
}

function judge(question: Question, { isDeclined, draft }: Reply) {
  const given = (answer: Answer, problems: readonly Problem[] = []) => ({ answer, problems })
  if (isDeclined) return given({ action: 'decline' })
  if (question.kind !== 'form') return given({ action: 'accept' })
  const { schema } = question
  const { value, problems } = valueOf(schema, draft, schema)
  const found = problems.length > 0 ? problems : checkValue(schema, value ?? null).problems
  return given({ action: 'accept', content: (value ?? {}) as SchemaObject }, found)
}

function QuestionView({
  question,
  reply: { isDeclined, draft, problems },
  onChange,
}: {
  readonly question: Question
  readonly reply: Reply
  readonly onChange: (part: Partial<Reply>) => void
}) {
  return (
    <fieldset className="min-w-0 not-first:border-t not-first:border-line not-first:pt-4">
      <legend className="sr-only">{question.message}</legend>
      <div className="mb-2 flex flex-wrap items-start justify-between gap-2">
        <p className="min-w-0 flex-1 basis-56 font-medium break-words whitespace-pre-wrap">
          {question.message === '' ? ASKING_WORDS.silent : <VisibleText text={question.message} />}
        </p>
        {question.kind !== 'unknown' && (
          <Button size="sm" onClick={() => onChange({ isDeclined: !isDeclined, problems: [] })}>
            {isDeclined ? ASKING_WORDS.answer : ASKING_WORDS.decline}
          </Button>
        )}
      </div>
      {question.kind === 'unknown' ? (
        <>
          <p className="mb-2 text-sm text-muted">{ASKING_WORDS.unknown}</p>
          <CodeBlock code={JSON.stringify(question.value, null, 2)} what="question" />
        </>
      ) : isDeclined ? (
        <p className="text-sm text-muted">{ASKING_WORDS.declined}</p>
      ) : question.kind === 'form' ? (
        <SchemaForm
          schema={question.schema}
          draft={draft}
          problems={problems}
          onChange={(next) => onChange({ draft: next })}
        />
      ) : (
        <Elsewhere url={question.url} />
      )}
    </fieldset>
  )
}

/** The whole address, since it is what somebody has to judge before going there. */
function Elsewhere({ url }: { readonly url: string }) {
  return (
    <div className="flex min-w-0 flex-col items-start gap-2 text-sm">
      <p className="text-muted">{ASKING_WORDS.leads}</p>
      <p className="break-all">
        <code>
          <VisibleText text={url} />
        </code>
      </p>
      <a href={url} target="_blank" rel="noreferrer noopener" className={buttonClass('secondary', 'sm')}>
        <ExternalLink aria-hidden className="size-4" />
        {ASKING_WORDS.open(new URL(url).host)}
      </a>
    </div>
  )
}
