import { Play, Square } from 'lucide-react'
import { useState, type KeyboardEvent } from 'react'
import { checkValue } from '../../lib/schema-form/check.ts'
import {
  draftOf,
  parseRaw,
  startDraft,
  valueOf,
  type Draft,
  type Problem,
} from '../../lib/schema-form/draft.ts'
import { findExcess, type Json } from '../../lib/schema-form/schema.ts'
import { wantsToAsk } from '../../lib/tools/outcome.ts'
import { asksFirst, type Tool } from '../../lib/tools/tool.ts'
import { countHidden } from '../../lib/visible-text.ts'
import { Badge } from '../../parts/badge.tsx'
import { Button } from '../../parts/button.tsx'
import { Card } from '../../parts/card.tsx'
import { CodeBlock } from '../../parts/code-block.tsx'
import { VisibleText } from '../../parts/content/visible-text.tsx'
import { ConfirmDialog } from '../../parts/dialog.tsx'
import { TextAreaField } from '../../parts/field.tsx'
import { AskingView, Elapsed } from '../../parts/mcp/asking-view.tsx'
import { SchemaForm } from '../../parts/schema-form/schema-form.tsx'
import { Switch } from '../../parts/switch.tsx'
import { useCalls } from './call-history.ts'
import { CopyAs, History } from './call-extras.tsx'
import { ResultView } from './result-view.tsx'
import { Marks } from './tool-list.tsx'
import { ToolSwitch } from './tool-switches.tsx'
import { useRun } from './use-run.ts'
import { TOOLS_WORDS } from './words.ts'

type Mode = 'form' | 'json'

export function Playground({
  server,
  tool,
  canRun,
  mode,
  onMode,
  tab,
  onTab,
  mayAsk,
  onMayAsk,
}: {
  readonly server: string
  readonly tool: Tool
  readonly canRun: boolean
  readonly mode: Mode
  readonly onMode: (mode: Mode) => void
  readonly tab: string
  readonly onTab: (tab: string) => void
  /** The server may ask this page for something while it works. */
  readonly mayAsk: boolean
  readonly onMayAsk: (mayAsk: boolean) => void
}) {
  const excess = findExcess(tool.input as Json)
  const [draft, setDraft] = useState<Draft>(() =>
    excess === null ? startDraft(tool.input, tool.input) : { is: 'raw', text: '{}' },
  )
  const [text, setText] = useState('{}')
  const [problems, setProblems] = useState<readonly Problem[]>([])
  const [asked, setAsked] = useState<Json | undefined>(undefined)
  const { run, cancel, asking, last, show } = useRun(server, tool)
  const calls = useCalls(server, tool.name)
  const isForm = mode === 'form' && excess === null
  const whyNot = !tool.isOn
    ? TOOLS_WORDS.switchedOff
    : tool.marks.includes('gone')
      ? TOOLS_WORDS.isGone
      : canRun
        ? null
        : TOOLS_WORDS.notNow
  const outcome = isForm ? valueOf(tool.input, draft, tool.input) : parseRaw(text, '')

  const switchTo = (next: Mode) => {
    if (next === mode) return
    if (next === 'json' && outcome.value !== undefined) setText(JSON.stringify(outcome.value, null, 2))
    if (next === 'form' && outcome.value !== undefined)
      setDraft(draftOf(tool.input, outcome.value, tool.input))
    setProblems([])
    onMode(next)
  }
  const use = (args: Json) => {
    setText(JSON.stringify(args, null, 2))
    setDraft(draftOf(tool.input, args, tool.input))
    setProblems([])
  }
  const submit = () => {
    const found =
      outcome.problems.length > 0 ? outcome.problems : checkValue(tool.input, outcome.value ?? null).problems
    setProblems(found)
    // Written as JSON it is sent as it stands: to see what a server does with what is wrong is what that is for.
    if (outcome.value === undefined || outcome.problems.length > 0 || (isForm && found.length > 0)) return
    if (whyNot !== null) return
    if (asksFirst(tool)) setAsked(outcome.value)
    else void run(outcome.value, mayAsk)
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return
    event.preventDefault()
    submit()
  }
  return (
    <div className="flex min-w-0 flex-col gap-4">
      <ToolHead server={server} tool={tool} />
      <Card
        title={TOOLS_WORDS.arguments}
        actions={
          <>
            <ModeSwitch mode={isForm ? 'form' : 'json'} onMode={switchTo} hasForm={excess === null} />
            <CopyAs server={server} tool={tool.name} args={outcome.value ?? {}} />
          </>
        }
      >
        {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- a shortcut; the button does the same */}
        <form
          className="flex min-w-0 flex-col gap-4"
          noValidate
          onKeyDown={onKeyDown}
          onSubmit={(event) => {
            event.preventDefault()
            submit()
          }}
        >
          {isForm ? (
            <SchemaForm schema={tool.input} draft={draft} problems={problems} onChange={setDraft} />
          ) : (
            <TextAreaField
              label={TOOLS_WORDS.raw}
              isLabelHidden
              rows={Math.min(20, Math.max(5, text.split('\n').length))}
              spellCheck={false}
              value={text}
              error={
                problems.length === 0
                  ? null
                  : problems.map(({ path, message }) => `${path} ${message}`.trim()).join(' ')
              }
              onChange={(event) => setText(event.target.value)}
            />
          )}
          {isForm && problems.length > 0 && (
            <p role="alert" className="text-sm font-medium text-bad">
              {TOOLS_WORDS.fix}
            </p>
          )}
          <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
            <Button
              type="submit"
              variant="primary"
              icon={Play}
              needs={'mcp:call'}
              reason={whyNot}
              isBusy={asking !== null}
            >
              {TOOLS_WORDS.run}
            </Button>
            {asking === null ? (
              <kbd className="text-xs text-muted max-sm:hidden">{TOOLS_WORDS.runHint}</kbd>
            ) : (
              <>
                <Button icon={Square} onClick={cancel}>
                  {TOOLS_WORDS.cancel}
                </Button>
                <Elapsed asking={asking} />
              </>
            )}
            <span className="sm:ml-auto" title={TOOLS_WORDS.mayAskNote}>
              <Switch
                label={TOOLS_WORDS.mayAsk}
                isOn={mayAsk}
                isDisabled={asking !== null}
                onChange={onMayAsk}
              />
            </span>
          </div>
          {whyNot !== null && <p className="text-sm text-muted">{whyNot}</p>}
        </form>
      </Card>
      {asking !== null && <AskingView server={server} asking={asking} />}
      {last !== null && asking === null && <ResultView call={last} tab={tab} onTab={onTab} />}
      {last !== null && asking === null && !mayAsk && wantsToAsk(last.outcome) && (
        <div role="status" className="flex flex-wrap items-center gap-2 text-sm">
          <span className="min-w-0 flex-1 basis-56">{TOOLS_WORDS.wantsToAsk}</span>
          <Button
            size="sm"
            onClick={() => {
              onMayAsk(true)
              void run(last.args, true)
            }}
          >
            {TOOLS_WORDS.askAgain}
          </Button>
        </div>
      )}
      <History calls={calls} current={last?.id ?? null} onShow={show} onUse={use} />
      <ConfirmDialog
        isOpen={asked !== undefined}
        onClose={() => setAsked(undefined)}
        title={TOOLS_WORDS.askTitle(tool.name)}
        consequence={TOOLS_WORDS.askText}
        confirm={TOOLS_WORDS.run}
        onConfirm={() => {
          if (asked !== undefined) void run(asked, mayAsk)
          setAsked(undefined)
        }}
      />
    </div>
  )
}

function ToolHead({ server, tool }: { readonly server: string; readonly tool: Tool }) {
  const [isOpen, setOpen] = useState(false)
  const hidden = countHidden(tool.description) + countHidden(tool.name)
  return (
    <div className="min-w-0">
      <div className="flex flex-wrap items-center gap-2">
        <h2 className="font-mono text-lg font-semibold break-all">
          <VisibleText text={tool.name} />
        </h2>
        <Marks marks={tool.marks} />
        <Button variant="ghost" size="sm" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
          {TOOLS_WORDS.schema}
        </Button>
        <span className="sm:ml-auto">
          <ToolSwitch server={server} tool={tool} />
        </span>
      </div>
      {hidden > 0 && (
        <p className="mt-1">
          <Badge tone="bad">{TOOLS_WORDS.hidden(hidden)}</Badge>
        </p>
      )}
      <p className="mt-1 max-h-60 overflow-y-auto text-sm break-words whitespace-pre-wrap text-muted">
        {tool.description === '' ? TOOLS_WORDS.noDescription : <VisibleText text={tool.description} />}
      </p>
      {isOpen && (
        <div className="mt-2 flex flex-col gap-2">
          <CodeBlock code={JSON.stringify(tool.input, null, 2)} what="input schema" />
          {tool.output !== null && (
            <CodeBlock code={JSON.stringify(tool.output, null, 2)} what="output schema" />
          )}
        </div>
      )}
    </div>
  )
}

function ModeSwitch({
  mode,
  onMode,
  hasForm,
}: {
  readonly mode: Mode
  readonly onMode: (mode: Mode) => void
  readonly hasForm: boolean
}) {
  return (
    <div role="group" aria-label={TOOLS_WORDS.arguments} className="flex rounded-md border border-line">
      <Button
        size="sm"
        variant={mode === 'form' ? 'secondary' : 'ghost'}
        aria-pressed={mode === 'form'}
        disabled={!hasForm}
        onClick={() => onMode('form')}
      >
        {TOOLS_WORDS.form}
      </Button>
      <Button
        size="sm"
        variant={mode === 'json' ? 'secondary' : 'ghost'}
        aria-pressed={mode === 'json'}
        onClick={() => onMode('json')}
      >
        {TOOLS_WORDS.raw}
      </Button>
    </div>
  )
}
