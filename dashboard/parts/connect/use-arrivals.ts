/** Which clients come while the page is open, the newest first. */
import { useEffect, useState } from 'react'
import type { EventJson } from '../../../src/api/schema/event.ts'
import { onEvent } from '../../lib/live.ts'

export type Arrival = {
  readonly id: number
  readonly time: string
  readonly client: string
  readonly version: string
  readonly protocol: string
}

const MAX_SHOWN = 5

/** @param server null: at the hub; who changes it begins anew, by the key of the component */
export function useArrivals(server: string | null): readonly Arrival[] {
  const [arrivals, setArrivals] = useState<readonly Arrival[]>([])
  useEffect(() => {
    return onEvent((event) => {
      const arrival = buildArrival(event, server)
      if (arrival !== null) setArrivals((before) => [arrival, ...before].slice(0, MAX_SHOWN))
    })
  }, [server])
  return arrivals
}

export function buildArrival({ id, type, time, data }: EventJson, server: string | null): Arrival | null {
  if (type !== 'client.connected' || (data['server'] ?? null) !== server) return null
  if (data['endpoint'] === 'platform') return null
  const text = (name: string) => (typeof data[name] === 'string' ? data[name] : '')
  return { id, time, client: text('client'), version: text('version'), protocol: text('protocol_version') }
}
