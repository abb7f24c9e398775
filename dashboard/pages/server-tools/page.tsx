import { useQuery } from '@tanstack/react-query'
import { ArrowLeft, Wrench } from 'lucide-react'
import { useMemo } from 'react'
import type { PinsJson } from '../../../src/api/schema/pins.ts'
import type { ToolListJson } from '../../../src/api/schema/tool.ts'
import { api } from '../../lib/api.ts'
import { cn } from '../../lib/cn.ts'
import { useUrlState } from '../../lib/search.ts'
import { readTools } from '../../lib/tools/tool.ts'
import { useServer, useServerName } from '../../lib/use-server.ts'
import { Button } from '../../parts/button.tsx'
import { Card } from '../../parts/card.tsx'
import { Empty } from '../../parts/empty.tsx'
import { TextField } from '../../parts/field.tsx'
import { ListStates } from '../../parts/list-states.tsx'
import { Playground } from './playground.tsx'
import { ToolList } from './tool-list.tsx'
import { TOOLS_WORDS } from './words.ts'

export function Page() {
  const name = useServerName()
  const server = useServer()
  const [url, setUrl] = useUrlState({ find: '', tool: '', as: 'form', result: 'rendered' })
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
  const tools = useMemo(
    () => (listed.data === undefined ? [] : readTools(listed.data, pins.data)),
    [listed.data, pins.data],
  )
  const needle = url.find.toLowerCase()
  const shown = tools.filter(({ name: tool, title, description }) =>
    `${tool} ${title ?? ''} ${description}`.toLowerCase().includes(needle),
  )
  const chosen = tools.find((tool) => tool.name === url.tool)

  if (server !== null && !isRunning && listed.data === undefined) {
    return (
      <Card>
        <Empty
          icon={Wrench}
          title={TOOLS_WORDS.notRunning}
          text={TOOLS_WORDS.notRunningText}
          cli={`haivemind start ${name}`}
        />
      </Card>
    )
  }
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
            query={listed}
            count={shown.length}
            filter={url.find === '' ? null : { words: url.find, onClear: () => setUrl({ find: '' }) }}
            empty={
              <Empty
                icon={Wrench}
                title={TOOLS_WORDS.empty}
                text={TOOLS_WORDS.emptyText}
                cli={`haivemind tools ${name}`}
              />
            }
          >
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
              mode={url.as === 'json' ? 'json' : 'form'}
              onMode={(as) => setUrl({ as })}
              tab={url.result}
              onTab={(result) => setUrl({ result })}
            />
          </>
        )}
      </div>
    </div>
  )
}
