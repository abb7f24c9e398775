import { useQuery } from '@tanstack/react-query'
import { Download, ShieldCheck } from 'lucide-react'
import { useState } from 'react'
import type { FindingJson, FindingListJson } from '../../../src/api/schema/finding.ts'
import { api, buildUrl } from '../../lib/api.ts'
import { versionsQuery } from '../../lib/queries.ts'
import { useUrlState } from '../../lib/search.ts'
import { useServerName } from '../../lib/use-server.ts'
import { Badge } from '../../parts/badge.tsx'
import { Button, buttonClass } from '../../parts/button.tsx'
import { Card } from '../../parts/card.tsx'
import { Empty } from '../../parts/empty.tsx'
import { SelectField } from '../../parts/field.tsx'
import { FindingItem } from '../../parts/findings/finding-item.tsx'
import { ListStates } from '../../parts/list-states.tsx'
import { Drift } from './drift.tsx'
import { Review } from './review.tsx'
import { SuppressDialog } from './suppress-dialog.tsx'
import { SERVER_SECURITY_WORDS as WORDS } from './words.ts'

export function Page() {
  const name = useServerName()
  const [{ version }, set] = useUrlState({ version: '' })
  const [chosen, setChosen] = useState<FindingJson | null>(null)
  const versions = useQuery(versionsQuery(name))
  const path = `/servers/${encodeURIComponent(name)}/findings`
  const list = useQuery({
    queryKey: ['server', name, 'findings', version],
    queryFn: ({ signal }) => api<FindingListJson>(path, { query: { version }, signal }),
  })
  const items = list.data?.items ?? []
  return (
    <div className="flex flex-col gap-4">
      {list.data !== undefined && list.data.review !== null && <Review list={list.data} />}
      <Drift name={name} />
      <Card
        title={WORDS.findings}
        isFlush
        actions={
          <>
            {list.data !== undefined && (
              <Badge tone={list.data.verdict === 'pass' ? 'good' : 'warn'}>
                {WORDS.verdicts[list.data.verdict]}
              </Badge>
            )}
            <SelectField
              label={WORDS.version}
              isLabelHidden
              value={version === '' ? String(list.data?.version ?? '') : version}
              onChange={(event) => set({ version: event.target.value }, 'push')}
              options={(versions.data?.items ?? []).map(({ number }) => ({
                value: String(number),
                label: `${WORDS.version} ${number}`,
              }))}
            />
            <a
              href={buildUrl(path, { version, format: 'sarif' })}
              download={`${name}.sarif`}
              className={buttonClass('secondary', 'sm')}
            >
              <Download aria-hidden className="size-4" />
              {WORDS.sarif}
            </a>
          </>
        }
      >
        <ListStates
          query={list}
          count={items.length}
          empty={
            <Empty
              icon={ShieldCheck}
              title={list.data?.verdict === 'not_scanned' ? WORDS.verdicts.not_scanned : WORDS.emptyTitle}
              text={list.data?.verdict === 'not_scanned' ? WORDS.unscannedText : WORDS.emptyText}
              cli={`haivemind findings ${name}`}
            />
          }
        >
          {items.map((finding) => (
            <FindingItem
              key={`${finding.fingerprint}/${finding.file}:${finding.line}`}
              finding={finding}
              actions={
                finding.suppressed === null && (
                  <Button size="sm" needs="admin" onClick={() => setChosen(finding)}>
                    {WORDS.suppress}
                  </Button>
                )
              }
            />
          ))}
        </ListStates>
      </Card>
      {chosen !== null && <SuppressDialog finding={chosen} onClose={() => setChosen(null)} />}
    </div>
  )
}
