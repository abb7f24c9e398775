/** What the API tells the metrics. */
export interface ApiMetrics {
  /** Without a token. */
  readonly isPublic: boolean
  readonly read: (accept: string) => Promise<{ readonly contentType: string; readonly body: string }>
  /** @param route the template of the path; `none` for what no route is for */
  readonly noteServed: (route: string, method: string, status: number, seconds: number) => void
  /** Somebody came too often for this policy. */
  readonly noteLimited: (policy: string) => void
  /** Streams of events and logs that are open now. */
  readonly noteStreams: (open: number) => void
}
