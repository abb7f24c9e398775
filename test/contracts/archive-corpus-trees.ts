/** Folders as people pack them, made by a seed: names, sizes, times and contents differ from one to the next. */
import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** What each folder adds to the plain files that all have. */
const NAMES: readonly (readonly string[])[] = [
  ['README.md', 'src/index.js', 'package.json'],
  ['with space.txt', 'a b/c d.txt', "it's.txt", 'semi;colon.txt'],
  ['grüße.txt', 'naïve/été.py', 'Ünïcode/ß.txt'],
  ['日本語.txt', '中文/文件.py', '한국어.md'],
  ['🚀.txt', 'emoji/😀😀.json'],
  ['русский/файл.txt', 'ελληνικά.txt', 'עברית.txt'],
  ['.env.example', '.github/workflows/ci.yml', '.hidden/.deep/.file'],
  ['a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p/deep.txt'],
  [`${'long-name-'.repeat(9)}.txt`, `${'d'.repeat(60)}/${'e'.repeat(60)}/${'f'.repeat(60)}.txt`],
  ['noext', 'UPPER.TXT', 'Mixed.Case', 'dots.in.name.tar.gz.txt'],
  ['plus+minus-under_score.txt', 'at@sign#hash.txt', '(paren)[bracket]{brace}.txt', 'comma,equal=.txt'],
  Array.from({ length: 60 }, (_, n) => `many/file-${n}.txt`),
  ['100%.txt', '$dollar.txt', '!bang.txt', '^caret&and.txt'],
  ['zero.bin', 'one.bin', 'node_modules/x/index.js', 'node_modules/x/package.json'],
  ['server.py', 'requirements.txt', 'lib/__init__.py', 'lib/tools/__init__.py', 'lib/tools/math.py'],
  ['manifest.json', 'server/index.js', 'icon.png'],
]
const SIZES = [0, 1, 17, 511, 512, 513, 4096, 70_000]
/** The oldest that a zip has, and one with an odd second. */
const TIMES = [Date.UTC(1980, 0, 1) / 1000 + 86_400, 1_000_000_001, 1_780_000_000]

/** Makes them below `root`; answers their names. */
export function writeTrees(root: string): readonly string[] {
  return NAMES.map((names, index) => {
    const tree = `tree${String(index).padStart(2, '0')}`
    for (const [position, name] of ['server.sh', ...names].entries()) {
      const path = join(root, tree, name)
      mkdirSync(dirname(path), { recursive: true })
      writeFileSync(path, buildContent(`${tree}/${name}`, SIZES[(index + position) % SIZES.length] ?? 0), {
        mode: position % 3 === 0 ? 0o755 : 0o644,
      })
      const time = TIMES[(index + position) % TIMES.length] ?? 0
      utimesSync(path, time, time)
    }
    return tree
  })
}

/** Every other one does not shrink. */
function buildContent(seed: string, size: number): Buffer {
  if (size % 2 === 1) return Buffer.alloc(size, `${seed} `)
  const blocks: Buffer[] = []
  for (let at = 0; at < size; at += 32) {
    blocks.push(createHash('sha256').update(`${seed} ${at}`).digest())
  }
  return Buffer.concat(blocks).subarray(0, size)
}

/** SHA-256 of every file below `folder`, by its path. */
export function hashTree(folder: string): Readonly<Record<string, string>> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  )
  const hashes = files.map((entry) => {
    const path = join(entry.parentPath, entry.name)
    const name = path.slice(folder.length + 1)
    return [name, createHash('sha256').update(readFileSync(path)).digest('hex')] as const
  })
  return Object.fromEntries(hashes.sort(([a], [b]) => (a < b ? -1 : 1)))
}
