import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'
import type { OperationJson } from '../../../src/api/schema/operation.ts'
import { api, ApiError, toApiError, UNREACHABLE } from '../../lib/api.ts'
import { onEvent } from '../../lib/live.ts'
import { Button, ButtonLink } from '../../parts/button.tsx'
import { Card } from '../../parts/card.tsx'
import { Page as Frame } from '../../parts/page.tsx'
import { Problem } from '../../parts/problem.tsx'
import { SkeletonRows } from '../../parts/skeleton.tsx'
import { StageList } from './stage-list.tsx'
import { OPERATION_WORDS as WORDS } from './words.ts'

/** Beside the events: a stage tells its log only when it is asked. */
const POLL_MS = 1_000

export function Operation({ id }: { readonly id: string }) {
  const client = useQueryClient()
  const key = ['operation', id]
  const found = useQuery({
    queryKey: key,
    queryFn: ({ signal }) => api<OperationJson>(`/operations/${encodeURIComponent(id)}`, { signal }),
    refetchInterval: ({ state: { data, error } }) =>
      data === undefined
        ? error !== null && toApiError(error).status === 404
          ? false
          : POLL_MS
        : data.status === 'running'
          ? POLL_MS
          : false,
  })
  const cancel = useMutation({
    mutationFn: () => api<OperationJson>(`/operations/${encodeURIComponent(id)}/cancel`, { json: {} }),
    onSettled: () => client.invalidateQueries({ queryKey: key }),
  })
  useEffect(
    () =>
      onEvent(({ type }) => {
        if (type.startsWith('deploy.')) void client.invalidateQueries({ queryKey: ['operation', id] })
      }),
    [client, id],
  )
  const operation = found.data
  const isRunning = operation?.status === 'running'
  /** There is none of this name: nothing is worth waiting for. */
  const isMissing = operation === undefined && found.error !== null && toApiError(found.error).status === 404
  const cancelButton = (
    <Button needs="servers:deploy" onClick={() => cancel.mutate()} isBusy={cancel.isPending}>
      {WORDS.cancel}
    </Button>
  )
  return (
    <Frame
      title={isMissing ? WORDS.missing : WORDS.title(operation?.name ?? '')}
      {...(isMissing ? {} : { description: WORDS.running })}
      actions={isRunning ? cancelButton : undefined}
    >
      <div className="flex flex-col gap-4">
        {found.error !== null &&
          (isRunning && isAway(found.error) ? (
            <p role="status" className="rounded-md border border-warn/40 bg-warn-soft px-3 py-2.5 text-sm">
              {WORDS.gone}
            </p>
          ) : (
            <Problem
              error={found.error}
              {...(isMissing
                ? {
                    action: (
                      <ButtonLink to="/deploy" size="sm">
                        {WORDS.other}
                      </ButtonLink>
                    ),
                  }
                : { onRetry: () => void found.refetch() })}
            />
          ))}
        {cancel.error !== null && isRunning && <Problem error={cancel.error} />}
        {operation !== undefined && <Ending operation={operation} />}
        {!isMissing && (
          <Card isFlush>
            {operation === undefined ? (
              <SkeletonRows count={7} />
            ) : (
              <StageList operation={operation} cancel={cancelButton} />
            )}
          </Card>
        )}
      </div>
    </Frame>
  )
}

/** Nobody is there to ask: asking goes on, and what was shown stays. */
function isAway(error: unknown): boolean {
  const { code, status } = toApiError(error)
  return code === UNREACHABLE || status === 503
}

function Ending({ operation }: { readonly operation: OperationJson }) {
  const { name, version, status, error, review, server_detail: server } = operation
  const path = `/servers/${encodeURIComponent(name)}`
  if (status === 'running') return null
  if (status === 'succeeded') {
    return (
      <div
        role="status"
        className="flex flex-wrap items-center gap-3 rounded-lg border border-good/40 bg-good-soft px-4 py-3"
      >
        <p className="flex-1 font-medium text-good">
          {server?.desired === 'stopped' ? WORDS.installed(name) : WORDS.done(name, version)}
        </p>
        <ButtonLink to={path}>{WORDS.open}</ButtonLink>
        <ButtonLink to={`${path}/connect`} variant="primary">
          {WORDS.connect}
        </ButtonLink>
      </div>
    )
  }
  return (
    <Problem
      error={
        new ApiError(0, {
          detail: `${status === 'rejected' ? WORDS.rejected : WORDS.failed}: ${error?.message ?? '–'}`,
          ...(error === null ? {} : { code: error.code as never, hint: error.hint }),
        })
      }
      action={
        <>
          {review?.state === 'pending' && (
            <ButtonLink to={`${path}/security`} size="sm">
              {WORDS.findings}
            </ButtonLink>
          )}
          {server !== null && error?.code !== 'approval_required' && (
            <ButtonLink to={`${path}/logs`} size="sm">
              {WORDS.logs}
            </ButtonLink>
          )}
          <ButtonLink to="/deploy" size="sm">
            {WORDS.again}
          </ButtonLink>
        </>
      }
    />
  )
}
