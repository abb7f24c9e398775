/** A moment in a file's name: sorts by time, and is a name everywhere. */
export function renderStamp(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replaceAll(/[-:.]/g, '')
}
