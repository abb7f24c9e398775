import { useQuery } from '@tanstack/react-query'
import { ArrowLeft, Play, Wrench } from 'lucide-react'
import { useMemo } from 'react'
import type { PinsJson } from '../../../src/api/schema/pins.ts'
import type { ToolListJson, ToolStateListJson } from '../../../src/api/schema/tool.ts'
import { api } from '../../lib/api.ts'
import { cn } from '../../lib/cn.ts'
import { useUrlState } from '../../lib/search.ts'
import { readTools } from '../../lib/tools/tool.ts'
import { useVerb } from '../../lib/server-verbs.ts'
import { useServer, useServerName } from '../../lib/use-server.ts'
import { Button } from '../../parts/button.tsx'
import { Card } from '../../parts/card.tsx'
import { Empty } from '../../parts/empty.tsx'
import { TextField } from '../../parts/field.tsx'
import { ListStates } from '../../parts/list-states.tsx'
import { Playground } from './playground.tsx'
import { ToolList } from './tool-list.tsx'
import { SwitchAll } from './tool-switches.tsx'
import { TOOLS_WORDS } from './words.ts'

export function Page() {
  const name = useServerName()
  const server = useServer()
  const [url, setUrl] = useUrlState({ find: '', tool: '', as: 'form', result: 'rendered', ask: '' })
  const path = `/servers/${encodeURIComponent(name)}`
  const isRunning = server?.status === 'running'
  const listed = useQuery({
    queryKey: ['server', name, 'tools'],
    // What it says is asked anew for each version and each instance.
    queryFn: ({ signal }) => api<ToolListJson>(`${path}/tools`, { signal }),
    enabled: isRunning,
    staleTime: 10_000,
  })
  const pins = useQuery({
    queryKey: ['server', name, 'pins'],
    queryFn: ({ signal }) => api<PinsJson>(`${path}/pins`, { signal }),
    retry: false,
  })
  const states = useQuery({
    queryKey: ['server', name, 'tool-states'],
    queryFn: ({ signal }) => api<ToolStateListJson>(`${path}/tool-states`, { signal }),
  })
  const tools = useMemo(
    () => readTools(listed.data, pins.data, states.data?.items),
    [listed.data, pins.data, states.data],
  )
  const needle = url.find.toLowerCase()
  const shown = tools.filter(({ name: tool, title, description }) =>
    `${tool} ${title ?? ''} ${description}`.toLowerCase().includes(needle),
  )
  const chosen = tools.find((tool) => tool.name === url.tool)

  // Of a server that runs, what it lists counts; of others, what is known of it.
  const query = server !== null && !isRunning ? states : listed
  const start = useVerb(name)
  return (
    <div className="grid min-w-0 gap-4 lg:grid-cols-[20rem_minmax(0,1fr)]">
      <div className={cn(chosen !== undefined && 'max-lg:hidden')}>
        <Card isFlush>
          <div className="border-b border-line p-2">
            <TextField
              label={TOOLS_WORDS.find}
              isLabelHidden
              type="search"
              placeholder={TOOLS_WORDS.find}
              value={url.find}
              onChange={(event) => setUrl({ find: event.target.value })}
            />
          </div>
          <ListStates
            query={query}
            count={shown.length}
            filter={url.find === '' ? null : { words: url.find, onClear: () => setUrl({ find: '' }) }}
            empty={
              isRunning ? (
                <Empty
                  icon={Wrench}
                  title={TOOLS_WORDS.empty}
                  text={TOOLS_WORDS.emptyText}
                  cli={`haivemind tools ${name}`}
                />
              ) : (
                <Empty
                  icon={Wrench}
                  title={TOOLS_WORDS.notRunning}
                  text={TOOLS_WORDS.notRunningText}
                  action={
                    <Button
                      icon={Play}
                      needs="servers:write"
                      isBusy={start.isPending}
                      onClick={() => start.mutate('start')}
                    >
                      {TOOLS_WORDS.startIt}
                    </Button>
                  }
                  cli={`haivemind start ${name}`}
                />
              )
            }
          >
            <SwitchAll server={name} shown={shown} all={tools} />
            <ToolList tools={shown} chosen={url.tool} onChoose={(tool) => setUrl({ tool }, 'push')} />
          </ListStates>
        </Card>
      </div>
      <div className={cn('min-w-0', chosen === undefined && 'max-lg:hidden')}>
        {chosen === undefined ? (
          <Card>
            <p className="py-10 text-center text-muted">{TOOLS_WORDS.pick}</p>
          </Card>
        ) : (
          <>
            <div className="mb-2 lg:hidden">
              <Button variant="ghost" size="sm" icon={ArrowLeft} onClick={() => setUrl({ tool: '' })}>
                {TOOLS_WORDS.back}
              </Button>
            </div>
            <Playground
              key={`${name} ${chosen.name}`}
              server={name}
              tool={chosen}
              canRun={isRunning || server?.idle === true}
              mode={url.as === 'json' ? 'json' : 'form'}
              onMode={(as) => setUrl({ as })}
              tab={url.result}
              onTab={(result) => setUrl({ result })}
              mayAsk={url.ask === '' ? server?.eras?.includes('modern') === true : url.ask === 'yes'}
              onMayAsk={(may) => setUrl({ ask: may ? 'yes' : 'no' })}
            />
          </>
        )}
      </div>
    </div>
  )
}
