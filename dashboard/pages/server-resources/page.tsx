import { useQuery } from '@tanstack/react-query'
import { ArrowLeft, FileText, Play } from 'lucide-react'
import { useMemo } from 'react'
import { cn } from '../../lib/cn.ts'
import { mayDo, roleFor, useMe } from '../../lib/me.ts'
import {
  listQuery,
  LISTS,
  offerQuery,
  readPrompt,
  readResourceItem,
  readTemplate,
  type ListName,
} from '../../lib/mcp/offer.ts'
import { useUrlState } from '../../lib/search.ts'
import { useVerb } from '../../lib/server-verbs.ts'
import { useServer, useServerName } from '../../lib/use-server.ts'
import { Button, ButtonLink } from '../../parts/button.tsx'
import { Card } from '../../parts/card.tsx'
import { Empty } from '../../parts/empty.tsx'
import { TextField } from '../../parts/field.tsx'
import { ListStates } from '../../parts/list-states.tsx'
import { OfferList, type Offered } from './offer-list.tsx'
import { PromptView } from './prompt-view.tsx'
import { ResourceView } from './resource-view.tsx'
import { TemplateView } from './template-view.tsx'
import { useWatched } from './use-watched.ts'
import { RESOURCES_WORDS } from './words.ts'

const NAMES = Object.keys(LISTS) as readonly ListName[]

export function Page() {
  const name = useServerName()
  const server = useServer()
  const me = useMe()
  const start = useVerb(name)
  const [url, setUrl] = useUrlState({ show: 'resources', find: '', pick: '' })
  const show = NAMES.find((one) => one === url.show) ?? 'resources'
  const isAllowed = me === null || mayDo(me, 'mcp:call')
  const isOpen = isAllowed && server?.status === 'running'
  const offer = useQuery({ ...offerQuery(name), enabled: isOpen })
  const has = {
    resources: offer.data?.resources,
    templates: offer.data?.resources,
    prompts: offer.data?.prompts,
  }
  const lists = {
    resources: useQuery({
      ...listQuery(name, 'resources', readResourceItem),
      enabled: isOpen && has.resources === true,
    }),
    templates: useQuery({
      ...listQuery(name, 'templates', readTemplate),
      enabled: isOpen && has.templates === true,
    }),
    prompts: useQuery({ ...listQuery(name, 'prompts', readPrompt), enabled: isOpen && has.prompts === true }),
  }
  const watched = useWatched(name, isOpen && offer.data !== undefined)
  const offered = useMemo<Readonly<Record<ListName, readonly Offered[]>>>(
    () => ({
      resources: (lists.resources.data ?? []).map(({ uri, name: title, description }) => ({
        key: uri,
        title,
        code: uri,
        description,
      })),
      templates: (lists.templates.data ?? []).map(({ uriTemplate, name: title, description }) => ({
        key: uriTemplate,
        title,
        code: uriTemplate,
        description,
      })),
      prompts: (lists.prompts.data ?? []).map((prompt) => ({
        key: prompt.name,
        title: prompt.title ?? prompt.name,
        code: prompt.name,
        description: prompt.description,
      })),
    }),
    [lists.resources.data, lists.templates.data, lists.prompts.data],
  )
  const needle = url.find.toLowerCase()
  const all = offered[show]
  const shown = all.filter(({ title, code, description }) =>
    `${title} ${code} ${description}`.toLowerCase().includes(needle),
  )

  if (!isAllowed) {
    return (
      <Card>
        <Empty icon={FileText} title={RESOURCES_WORDS.needs(roleFor('mcp:call'))} />
      </Card>
    )
  }
  if (server !== null && !isOpen) {
    return (
      <Card>
        <Empty
          icon={FileText}
          title={RESOURCES_WORDS.notRunning}
          text={RESOURCES_WORDS.notRunningText}
          action={
            <Button
              icon={Play}
              needs="servers:write"
              isBusy={start.isPending}
              onClick={() => start.mutate('start')}
            >
              {RESOURCES_WORDS.start}
            </Button>
          }
          cli={`haivemind start ${name}`}
        />
      </Card>
    )
  }
  // Without the capability there is nothing to ask for, and nothing that loads.
  const query = offer.data === undefined || has[show] === false ? offer : lists[show]
  const isPicked = all.some(({ key }) => key === url.pick)
  return (
    <div className="grid min-w-0 gap-4 lg:grid-cols-[20rem_minmax(0,1fr)]">
      <div className={cn(isPicked && 'max-lg:hidden')}>
        <Card isFlush>
          <div role="group" aria-label={RESOURCES_WORDS.list} className="flex gap-1 border-b border-line p-2">
            {NAMES.map((one) => (
              <Button
                key={one}
                size="sm"
                variant={one === show ? 'secondary' : 'ghost'}
                aria-pressed={one === show}
                onClick={() => setUrl({ show: one, pick: '', find: '' }, 'push')}
              >
                {RESOURCES_WORDS.lists[one]}
                {offered[one].length > 0 && <span className="text-muted">{offered[one].length}</span>}
              </Button>
            ))}
          </div>
          <div className="border-b border-line p-2">
            <TextField
              label={RESOURCES_WORDS.find[show]}
              isLabelHidden
              type="search"
              placeholder={RESOURCES_WORDS.find[show]}
              value={url.find}
              onChange={(event) => setUrl({ find: event.target.value })}
            />
          </div>
          <ListStates
            query={query}
            count={shown.length}
            filter={url.find === '' ? null : { words: url.find, onClear: () => setUrl({ find: '' }) }}
            empty={
              <Empty
                icon={FileText}
                title={RESOURCES_WORDS.empty[show]}
                text={RESOURCES_WORDS.emptyText[show]}
                action={<ButtonLink to={`/servers/${name}/tools`}>{RESOURCES_WORDS.seeTools}</ButtonLink>}
                cli={`haivemind ${show === 'prompts' ? 'prompts' : 'resources'} ${name}`}
              />
            }
          >
            <OfferList items={shown} chosen={url.pick} onChoose={(pick) => setUrl({ pick }, 'push')} />
          </ListStates>
        </Card>
      </div>
      <div className={cn('min-w-0', !isPicked && 'max-lg:hidden')}>
        {isPicked ? (
          <>
            <div className="mb-2 lg:hidden">
              <Button variant="ghost" size="sm" icon={ArrowLeft} onClick={() => setUrl({ pick: '' })}>
                {RESOURCES_WORDS.back}
              </Button>
            </div>
            {lists.resources.data
              ?.filter(({ uri }) => show === 'resources' && uri === url.pick)
              .map((resource) => (
                <ResourceView
                  key={`${name} ${resource.uri}`}
                  server={name}
                  resource={resource}
                  watched={watched}
                  canWatch={offer.data?.subscribe === true}
                />
              ))}
            {lists.templates.data
              ?.filter(({ uriTemplate }) => show === 'templates' && uriTemplate === url.pick)
              .map((template) => (
                <TemplateView
                  key={`${name} ${template.uriTemplate}`}
                  server={name}
                  template={template}
                  watched={watched}
                  canWatch={offer.data?.subscribe === true}
                  canSuggest={offer.data?.completions === true}
                />
              ))}
            {lists.prompts.data
              ?.filter((prompt) => show === 'prompts' && prompt.name === url.pick)
              .map((prompt) => (
                <PromptView
                  key={`${name} ${prompt.name}`}
                  server={name}
                  prompt={prompt}
                  canSuggest={offer.data?.completions === true}
                />
              ))}
          </>
        ) : (
          <Card>
            <p className="py-10 text-center text-muted">{RESOURCES_WORDS.pick[show]}</p>
          </Card>
        )}
      </div>
    </div>
  )
}
