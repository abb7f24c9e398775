/** Samples of a corpus file: each begins at a line of three equal signs with its language and name. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Language } from '../../../src/intake/scan/scanned-file.ts'

export type Sample = { readonly name: string; readonly language: Language; readonly text: string }

export function readCorpus(file: string, language?: Language): Sample[] {
  const text = readFileSync(join(import.meta.dirname, file), 'utf8')
  return text
    .split(/^=== /m)
    .slice(1)
    .map((part) => {
      const end = part.indexOf('\n')
      const words = part.slice(0, end).split(' ')
      const own = language ?? (words.shift() as Language)
      return { name: words.join(' '), language: own, text: part.slice(end + 1) }
    })
}
