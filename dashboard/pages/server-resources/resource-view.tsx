import { BookOpen } from 'lucide-react'
import { useEffect, useRef } from 'react'
import { formatBytes } from '../../lib/format.ts'
import type { Resource } from '../../lib/mcp/offer.ts'
import { readContents } from '../../lib/tools/outcome.ts'
import { Button } from '../../parts/button.tsx'
import { ContentItems } from '../../parts/content/content-items.tsx'
import { AskingView, Elapsed } from '../../parts/mcp/asking-view.tsx'
import { AnswerView } from './answer-view.tsx'
import { Head } from './head.tsx'
import { useAnswer } from './use-answer.ts'
import type { Watched } from './use-watched.ts'
import { Watch } from './watch.tsx'
import { RESOURCES_WORDS } from './words.ts'

export function ResourceView({
  server,
  resource,
  watched,
  canWatch,
}: {
  readonly server: string
  readonly resource: Resource
  readonly watched: Watched
  readonly canWatch: boolean
}) {
  return (
    <div className="flex min-w-0 flex-col gap-4">
      <Head name={resource.name} description={resource.description} code={resource.uri}>
        {[resource.mediaType, resource.bytes === null ? null : formatBytes(resource.bytes)]
          .filter((part) => part !== null)
          .join(', ')}
      </Head>
      <Reader server={server} uri={resource.uri} watched={watched} canWatch={canWatch} />
    </div>
  )
}

/** Reads one address, and again when it changes while it is watched. */
export function Reader({
  server,
  uri,
  watched,
  canWatch,
}: {
  readonly server: string
  readonly uri: string
  readonly watched: Watched
  readonly canWatch: boolean
}) {
  const { request, cancel, asking, answer } = useAnswer(server)
  const changes = watched.of(uri)?.count ?? 0
  const seen = useRef(changes)
  useEffect(() => {
    if (changes === seen.current) return
    // What changes many times a second is read once in a while, and at the end.
    const timer = setTimeout(() => {
      seen.current = changes
      void request('resources/read', { uri })
    }, 400)
    return () => clearTimeout(timer)
  }, [changes, request, uri])
  return (
    <>
      <div className="flex flex-wrap items-center gap-2">
        <Button
          variant="primary"
          icon={BookOpen}
          needs="mcp:call"
          isBusy={asking !== null}
          disabled={uri === ''}
          onClick={() => void request('resources/read', { uri })}
        >
          {answer === null ? RESOURCES_WORDS.read : RESOURCES_WORDS.readAgain}
        </Button>
        {asking !== null && (
          <>
            <Button onClick={cancel}>{RESOURCES_WORDS.cancel}</Button>
            <Elapsed asking={asking} />
          </>
        )}
        <Watch uri={uri} watched={watched} canWatch={canWatch && uri !== ''} />
      </div>
      {asking !== null && <AskingView server={server} asking={asking} />}
      {answer !== null && (
        <AnswerView title={RESOURCES_WORDS.contents} answer={answer}>
          {(result) => {
            const items = readContents(result)
            return items.length === 0 ? (
              <p className="text-sm text-muted">{RESOURCES_WORDS.emptyContents}</p>
            ) : (
              <ContentItems items={items} />
            )
          }}
        </AnswerView>
      )}
    </>
  )
}
