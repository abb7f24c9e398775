import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import type { FindingListJson } from '../../../src/api/schema/finding.ts'
import { api } from '../../lib/api.ts'
import { Button } from '../../parts/button.tsx'
import { Card } from '../../parts/card.tsx'
import { showToast } from '../../parts/toast.tsx'
import { ReasonDialog } from './reason-dialog.tsx'
import { SERVER_SECURITY_WORDS as WORDS } from './words.ts'

/** A version that a review holds, or held. */
export function Review({ list }: { readonly list: FindingListJson }) {
  const client = useQueryClient()
  const [isAsking, setAsking] = useState(false)
  const { server, version, review } = list
  const approve = useMutation({
    mutationFn: (reason: string) =>
      api(`/servers/${encodeURIComponent(server)}/approve`, { json: { reason, version } }),
    async onSuccess() {
      showToast(WORDS.approved(version))
      setAsking(false)
      await client.invalidateQueries()
    },
  })
  if (review === null) return null
  if (review.state === 'approved') {
    return <p className="text-sm text-muted">{WORDS.approvedBy(review.by ?? '–', review.reason ?? '–')}</p>
  }
  return (
    <Card
      title={`${WORDS.review}: version ${version}`}
      description={WORDS.reviewText}
      actions={
        <Button variant="primary" needs="admin" onClick={() => setAsking(true)}>
          {WORDS.approve}
        </Button>
      }
    >
      {isAsking && (
        <ReasonDialog
          title={WORDS.approveTitle(version)}
          text={WORDS.approveText}
          confirm={WORDS.approve}
          onClose={() => setAsking(false)}
          onConfirm={(reason) => approve.mutate(reason)}
          isBusy={approve.isPending}
          error={approve.error}
        />
      )}
    </Card>
  )
}
