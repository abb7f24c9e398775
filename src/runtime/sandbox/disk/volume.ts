/** What holds the space of a server's /data, and where it lies. */

/**
 * `project`: ext4's project quota on the directory. `image`: a file system of its own in a sparse file, mounted by
 * the launcher into its own mount namespace. `counted`: a directory whose files are added up now and then.
 */
type VolumeMeans = 'project' | 'image' | 'counted'

export type Volume = {
  readonly means: VolumeMeans
  /** The image, else the directory. */
  readonly source: string
  /** What it should hold at most; more than the limit where an image was made larger once. */
  readonly bytes: number
  /** Why nothing harder was to be had, or why the size differs from the limit. */
  readonly why: string | null
}

/** One file for so many bytes: what mkfs is told, and what counting holds to. */
export const BYTES_PER_FILE = 8192

/** Beside the directory that a server without an image has. */
export function imageOf(dataDir: string): string {
  return `${dataDir}.img`
}

/** A directory's image, and what a daemon that died leaves of one that was being made or enlarged. */
export function listImageFiles(dataDir: string): readonly string[] {
  return ['', '.new', '.growing'].map((ending) => `${imageOf(dataDir)}${ending}`)
}
