/**
 * Makes an installed tree what a version is: read-only, owned by the platform, named by its hash. Runs in a process
 * of its own, since hashing blocks. Nothing else writes to the tree while it runs.
 */
import { createHash } from 'node:crypto'
import {
  chmodSync,
  closeSync,
  constants,
  lchownSync,
  lstatSync,
  openSync,
  readdirSync,
  readlinkSync,
  readSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { checkLink } from './check-link.ts'

type Job = { readonly root: string; readonly maxFiles: number; readonly maxBytes: number }

class SealRefusal extends Error {}

function seal({ root, maxFiles, maxBytes }: Job): object {
  const tree = createHash('sha256')
  const chunk = Buffer.alloc(256 * 1024)
  const isRoot = process.geteuid?.() === 0
  let files = 0
  let bytes = 0

  const hashFile = (path: string): string => {
    const descriptor = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW)
    try {
      const hash = createHash('sha256')
      for (;;) {
        const got = readSync(descriptor, chunk)
        if (got === 0) return hash.digest('hex')
        bytes += got
        if (bytes > maxBytes) throw new SealRefusal(`the installed tree is larger than ${maxBytes} bytes`)
        hash.update(chunk.subarray(0, got))
      }
    } finally {
      closeSync(descriptor)
    }
  }

  const walk = (directory: string): void => {
    // Code-unit order: the same on every machine, unlike a locale's.
    for (const name of readdirSync(join(root, directory)).sort()) {
      const path = directory === '' ? name : `${directory}/${name}`
      const full = join(root, path)
      const found = lstatSync(full)
      files += 1
      if (files > maxFiles) throw new SealRefusal(`the installed tree has more than ${maxFiles} files`)
      if (isRoot && (found.uid !== 0 || found.gid !== 0)) lchownSync(full, 0, 0)
      if (found.isSymbolicLink()) {
        const target = readlinkSync(full)
        const why = checkLink(path, target)
        if (why !== null) throw new SealRefusal(`the link ${path} → ${target} ${why}`)
        tree.update(`l\0${path}\0${target}\n`)
      } else if (found.isDirectory()) {
        if ((found.mode & 0o700) !== 0o700) chmodSync(full, 0o755)
        tree.update(`d\0${path}\0\n`)
        walk(path)
        chmodSync(full, 0o555)
      } else if (found.isFile()) {
        const executable = (found.mode & 0o100) !== 0
        chmodSync(full, executable ? 0o555 : 0o444)
        tree.update(`${executable ? 'x' : 'f'}\0${path}\0${hashFile(full)}\n`)
      } else throw new SealRefusal(`${path} is neither a file, a directory nor a link`)
    }
  }

  walk('')
  return { kind: 'sealed', treeHash: tree.digest('hex'), files, bytes }
}

function describe(error: unknown): object {
  const message = error instanceof Error ? error.message : String(error)
  return { kind: error instanceof SealRefusal ? 'refused' : 'failed', message }
}

let answer: object
try {
  answer = seal(JSON.parse(process.argv[2] ?? '') as Job)
} catch (error) {
  answer = describe(error)
}
writeSync(1, JSON.stringify(answer) + '\n')
