/** What differs between two installed trees; the lists are cut, the counts are not. */
export type TreeComparison = {
  readonly files: {
    readonly added: readonly string[]
    readonly removed: readonly string[]
    readonly changed: readonly string[]
  }
  readonly fileChanges: number
  /** Null: it is not there. */
  readonly packages: readonly {
    readonly name: string
    readonly before: string | null
    readonly after: string | null
  }[]
  readonly packageChanges: number
}
