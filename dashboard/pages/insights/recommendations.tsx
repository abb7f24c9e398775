import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Lightbulb } from 'lucide-react'
import type { OptimizationJson, RecommendationJson } from '../../../src/api/schema/recommendation.ts'
import { api } from '../../lib/api.ts'
import { useUrlState } from '../../lib/search.ts'
import { Button } from '../../parts/button.tsx'
import { Card } from '../../parts/card.tsx'
import { Empty } from '../../parts/empty.tsx'
import { Words } from '../../parts/explanation/words-of-model.tsx'
import { SelectField } from '../../parts/field.tsx'
import { ListStates } from '../../parts/list-states.tsx'
import { Problem } from '../../parts/problem.tsx'
import { RecommendationCard } from '../../parts/recommendation/recommendation-card.tsx'
import { RECOMMENDATION_WORDS } from '../../parts/recommendation/words.ts'
import { RECOMMENDATION_LIST_WORDS as WORDS } from './words.ts'

const KEY = ['recommendations']

export function Recommendations() {
  const client = useQueryClient()
  const [{ state }, set] = useUrlState({ state: '' })
  const list = useQuery({
    queryKey: [...KEY, state],
    queryFn: ({ signal }) =>
      api<{ readonly items: readonly RecommendationJson[] }>('/recommendations', {
        query: { state, limit: 100 },
        signal,
      }),
    refetchInterval: 10_000,
  })
  const look = useMutation({
    mutationFn: (explain: boolean) => api<OptimizationJson>('/optimize', { json: { explain } }),
    onSuccess: () => client.invalidateQueries({ queryKey: KEY }),
  })
  const items = list.data?.items ?? []
  return (
    <Card
      title={WORDS.list}
      isFlush
      actions={
        <>
          <SelectField
            label={WORDS.state}
            isLabelHidden
            value={state}
            onChange={(event) => set({ state: event.target.value })}
            options={[
              { value: '', label: WORDS.any },
              ...Object.entries(RECOMMENDATION_WORDS.states).map(([value, label]) => ({ value, label })),
            ]}
          />
          <Button size="sm" onClick={() => look.mutate(true)} isBusy={look.isPending}>
            {WORDS.explain}
          </Button>
          <Button size="sm" onClick={() => look.mutate(false)} isBusy={look.isPending}>
            {WORDS.analyze}
          </Button>
        </>
      }
    >
      {look.error !== null && (
        <div className="p-3">
          <Problem error={look.error} />
        </div>
      )}
      {look.data !== undefined && <Looked result={look.data} />}
      <ListStates
        query={list}
        count={items.length}
        filter={state === '' ? null : { words: state, onClear: () => set({ state: '' }) }}
        empty={
          <Empty icon={Lightbulb} title={WORDS.emptyTitle} text={WORDS.emptyText} cli={WORDS.emptyCli} />
        }
      >
        {items.map((item) => (
          <RecommendationCard key={item.id} item={item} />
        ))}
      </ListStates>
    </Card>
  )
}

/** Of whom too little is known, and what: nothing is guessed. */
function Looked({ result }: { readonly result: OptimizationJson }) {
  return (
    <div role="status" className="border-b border-line px-4 py-3 text-sm">
      <p>{WORDS.analyzed(result.analyzed)}.</p>
      <Lines title={WORDS.growth} lines={result.growth.map(({ server, text }) => `${server}: ${text}`)} />
      <Lines title={WORDS.together} lines={result.insights.map(({ text }) => text)} />
      {result.recommendations.map(({ id, explanation }) => (
        <Words key={id} explanation={explanation} />
      ))}
      {result.skipped.length > 0 && (
        <details className="mt-1 text-muted">
          <summary className="inline-flex min-h-6 cursor-pointer items-center">
            {WORDS.skipped} {result.skipped.length}
          </summary>
          <ul className="list-disc pl-5">
            {result.skipped.map(({ server, resource, why }) => (
              <li key={`${server}/${resource}`}>
                {server}, {resource}: {why}
              </li>
            ))}
          </ul>
        </details>
      )}
    </div>
  )
}

function Lines({ title, lines }: { readonly title: string; readonly lines: readonly string[] }) {
  if (lines.length === 0) return null
  return (
    <section className="mt-2">
      <h3 className="font-medium">{title}</h3>
      <ul className="list-disc pl-5">
        {lines.map((line) => (
          <li key={line} className="break-words">
            {line}
          </li>
        ))}
      </ul>
    </section>
  )
}
