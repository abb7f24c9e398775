/** The last lines of something that is written for good elsewhere. */
export interface RecentLines {
  /** Answers the line. */
  add(line: string): string
  list(): readonly string[]
}

export function createRecentLines(max: number): RecentLines {
  const lines: string[] = []
  return {
    add(line) {
      lines.push(line)
      if (lines.length > max) lines.shift()
      return line
    },
    list: () => [...lines],
  }
}
