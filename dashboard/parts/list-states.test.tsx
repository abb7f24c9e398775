import { fireEvent, screen } from '@testing-library/react'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { ApiError } from '../lib/api.ts'
import { renderPart } from '../lib/render-for-test.tsx'
import { ListStates } from './list-states.tsx'

const loaded = { isPending: false, error: null, refetch: () => undefined }
const broken = new ApiError(500, {
  detail: 'The disk is full.',
  hint: 'Make room.',
  request_id: 'req_7',
})

function show(props: Partial<Parameters<typeof ListStates>[0]>) {
  renderPart(
    <ListStates query={loaded} count={0} empty={<p>no server yet</p>} {...props}>
      <p>the list</p>
    </ListStates>,
  )
}

afterEach(() => document.body.replaceChildren())

describe('a list', () => {
  it('shows its skeleton while it loads', () => {
    show({ query: { ...loaded, isPending: true } })
    expect(screen.getByRole('status').textContent).toBe('Loading')
  })

  it('says what belongs there when it is empty', () => {
    show({})
    expect(screen.getByText('no server yet')).not.toBeNull()
  })

  it('says the filter in words when that leaves nothing, and clears it', () => {
    const onClear = vi.fn()
    show({ filter: { words: 'status failed', onClear } })
    expect(screen.getByRole('status').textContent).toContain('status failed')
    fireEvent.click(screen.getByRole('button', { name: 'Clear filters' }))
    expect(onClear).toHaveBeenCalledOnce()
  })

  it('shows cause, hint, request and a retry when it failed', () => {
    const refetch = vi.fn()
    show({ query: { ...loaded, error: broken, refetch } })
    const text = screen.getByRole('alert').textContent
    for (const part of ['The disk is full.', 'Make room.', 'req_7']) expect(text).toContain(part)
    fireEvent.click(screen.getByRole('button', { name: 'Try again' }))
    expect(refetch).toHaveBeenCalledOnce()
  })

  it('keeps what it had beside the failure to get something newer', () => {
    show({ count: 2, query: { ...loaded, error: broken } })
    expect(screen.getByRole('alert')).not.toBeNull()
    expect(screen.getByText('the list')).not.toBeNull()
  })
})
