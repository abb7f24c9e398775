import { useMutation } from '@tanstack/react-query'
import { CircleCheck, CircleX, Play } from 'lucide-react'
import type { EndpointTrialJson } from '../../../src/api/schema/clients.ts'
import { api } from '../../lib/api.ts'
import { Button } from '../button.tsx'
import { Card } from '../card.tsx'
import { Problem } from '../problem.tsx'
import { CONNECT_WORDS } from './words.ts'

const WORDS = CONNECT_WORDS.test

export function TestCard({ server }: { readonly server: string }) {
  const test = useMutation({
    mutationFn: () =>
      api<EndpointTrialJson>(`/servers/${encodeURIComponent(server)}/clients/test`, { json: {} }),
  })
  const label = test.data === undefined ? WORDS.run : WORDS.again
  return (
    <Card
      title={WORDS.title}
      description={WORDS.text}
      actions={
        <Button icon={Play} needs="mcp:call" isBusy={test.isPending} onClick={() => test.mutate()}>
          {label}
        </Button>
      }
    >
      {test.error !== null && <Problem error={test.error} onRetry={() => test.mutate()} />}
      {test.error === null && test.data !== undefined && (
        <div role="status">
          <ul className="flex flex-col gap-2 text-sm">
            {test.data.eras.map((era) => (
              <li key={era.era} className="flex items-start gap-2">
                {era.problem === null ? (
                  <CircleCheck aria-hidden className="mt-0.5 size-4 shrink-0 text-good" />
                ) : (
                  <CircleX aria-hidden className="mt-0.5 size-4 shrink-0 text-bad" />
                )}
                <span className="min-w-0 break-words">
                  {era.problem === null ? (
                    WORDS.good(era.protocol_version ?? '', era.tools ?? 0)
                  ) : (
                    <>
                      <span className="font-medium">{WORDS.bad(era)}</span>: {era.problem}
                    </>
                  )}
                </span>
              </li>
            ))}
          </ul>
        </div>
      )}
    </Card>
  )
}
