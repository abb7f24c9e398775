/** Words on top of evidence: made by rules always, by a model only where one is configured and its answer holds. */
export type Explanation = {
  readonly text: string
  readonly source: 'rules' | 'rules+model'
  /** Null: no model spoke. */
  readonly model: {
    readonly provider: string
    readonly name: string
    readonly latencyMs: number
    readonly tokens: number
  } | null
  readonly hypotheses: readonly {
    readonly cause: string
    readonly because: readonly string[]
    readonly confidence: number
  }[]
  readonly nextChecks: readonly string[]
  /** Why no model spoke although one was asked; null otherwise. */
  readonly problem: string | null
  readonly evidenceHash: string
}
