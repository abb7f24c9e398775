import { MessageSquareText } from 'lucide-react'
import { useState } from 'react'
import type { Prompt } from '../../lib/mcp/offer.ts'
import { isObject, listOf, own, textOf, type Json, type SchemaObject } from '../../lib/schema-form/schema.ts'
import { readBlocks } from '../../lib/tools/outcome.ts'
import { Badge } from '../../parts/badge.tsx'
import { Button } from '../../parts/button.tsx'
import { Card } from '../../parts/card.tsx'
import { ContentItems } from '../../parts/content/content-items.tsx'
import { VisibleText } from '../../parts/content/visible-text.tsx'
import { AskingView, Elapsed } from '../../parts/mcp/asking-view.tsx'
import { AnswerView } from './answer-view.tsx'
import { Head } from './head.tsx'
import { SuggestField } from './suggest-field.tsx'
import { useAnswer } from './use-answer.ts'
import { RESOURCES_WORDS } from './words.ts'

export function PromptView({
  server,
  prompt,
  canSuggest,
}: {
  readonly server: string
  readonly prompt: Prompt
  readonly canSuggest: boolean
}) {
  const [values, setValues] = useState<Readonly<Record<string, string>>>({})
  const [wasSent, setWasSent] = useState(false)
  const { request, cancel, asking, answer } = useAnswer(server)
  const isMissing = ({ name, isRequired }: Prompt['arguments'][number]) =>
    isRequired && (values[name] ?? '') === ''
  const submit = () => {
    setWasSent(true)
    if (prompt.arguments.some(isMissing)) return
    const given = Object.fromEntries(Object.entries(values).filter(([, value]) => value !== ''))
    void request('prompts/get', { name: prompt.name, arguments: given })
  }
  return (
    <div className="flex min-w-0 flex-col gap-4">
      <Head name={prompt.title ?? prompt.name} description={prompt.description} code={prompt.name} />
      <Card title={RESOURCES_WORDS.arguments}>
        <form
          noValidate
          className="flex min-w-0 flex-col gap-4"
          onSubmit={(event) => {
            event.preventDefault()
            submit()
          }}
        >
          {prompt.arguments.length === 0 && (
            <p className="text-sm text-muted">{RESOURCES_WORDS.noArguments}</p>
          )}
          {prompt.arguments.map((argument) => (
            <SuggestField
              key={argument.name}
              server={server}
              source={{ type: 'ref/prompt', name: prompt.name }}
              name={argument.name}
              description={argument.description}
              values={values}
              isRequired={argument.isRequired}
              canSuggest={canSuggest}
              error={wasSent && isMissing(argument) ? RESOURCES_WORDS.missing : null}
              onChange={(value) => setValues((before) => ({ ...before, [argument.name]: value }))}
            />
          ))}
          <div className="flex flex-wrap items-center gap-2">
            <Button
              type="submit"
              variant="primary"
              icon={MessageSquareText}
              needs="mcp:call"
              isBusy={asking !== null}
            >
              {RESOURCES_WORDS.get}
            </Button>
            {asking !== null && (
              <>
                <Button onClick={cancel}>{RESOURCES_WORDS.cancel}</Button>
                <Elapsed asking={asking} />
              </>
            )}
          </div>
        </form>
      </Card>
      {asking !== null && <AskingView server={server} asking={asking} />}
      {answer !== null && (
        <AnswerView title={RESOURCES_WORDS.messages} answer={answer}>
          {(result) => <Messages result={result} />}
        </AnswerView>
      )}
    </div>
  )
}

/** As a client would send them to a model. */
function Messages({ result }: { readonly result: SchemaObject }) {
  const messages = listOf(result, 'messages') ?? []
  const description = textOf(result, 'description')
  if (messages.length === 0) return <p className="text-sm text-muted">{RESOURCES_WORDS.noMessages}</p>
  return (
    <div className="flex min-w-0 flex-col gap-3">
      {description !== null && (
        <p className="text-sm text-muted">
          <VisibleText text={description} />
        </p>
      )}
      <ol className="flex min-w-0 flex-col gap-3">
        {messages.map((message, index) => (
          <li key={index} className="min-w-0 rounded-md border border-line p-3">
            <Badge tone={roleOf(message) === 'assistant' ? 'accent' : 'idle'}>
              <VisibleText text={RESOURCES_WORDS.role[roleOf(message)] ?? roleOf(message)} />
            </Badge>
            <div className="mt-2">
              <ContentItems items={readBlocks(isObject(message) ? own(message, 'content') : message)} />
            </div>
          </li>
        ))}
      </ol>
    </div>
  )
}

function roleOf(message: Json): string {
  return (isObject(message) ? textOf(message, 'role') : null) ?? ''
}
