import type { Peer } from '../domain/peer.ts'

/** What is known about a request besides what it carries. */
export type RequestFacts = { readonly requestId: string; readonly peer: Peer }

const known = new WeakMap<Request, RequestFacts>()

export function rememberFacts(request: Request, facts: RequestFacts): void {
  known.set(request, facts)
}

/** Undefined for a request that did not come through the API's front door. */
export function factsOf(request: Request | undefined): RequestFacts | undefined {
  return request && known.get(request)
}
