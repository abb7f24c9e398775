/** How well the rules tell harmful code from harmless: recall and false alarms, measured and printed. */
import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, relative } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { decideVerdict, DEFAULT_SCAN_POLICY, type Verdict } from '../../src/domain/finding.ts'
import { analyseFile } from '../../src/intake/scan/code/analyse-source.ts'
import { openSourceParser, type SourceParser } from '../../src/intake/scan/code/syntax.ts'
import { finishFindings } from '../../src/intake/scan/raw-finding.ts'
import { CODE_RULES } from '../../src/intake/scan/rules/all.ts'
import { buildScannedFile } from '../../src/intake/scan/scanned-file.ts'
import { readCorpus, type Sample } from '../corpora/scan/read-corpus.ts'

const ROOT = join(import.meta.dirname, '../..')
const EXTENSIONS = { python: 'py', javascript: 'js', typescript: 'ts', tsx: 'tsx', bash: 'sh' } as const

let parser: SourceParser
beforeAll(async () => {
  parser = await openSourceParser(dirname(createRequire(import.meta.url).resolve('@vscode/tree-sitter-wasm')))
})

function judge(path: string, content: Buffer): { readonly verdict: Verdict; readonly rules: string[] } {
  const head = content.subarray(0, 4096)
  const file = buildScannedFile(path, content, {
    bytes: content.length,
    executable: false,
    head,
    isTooLarge: false,
  })
  const raw = analyseFile(parser, file)
  if (raw === null) return { verdict: 'review', rules: ['scanner.incomplete'] }
  const findings = finishFindings(raw.map((finding) => ({ ...finding, layer: 'code' as const })))
  return {
    verdict: decideVerdict(findings, DEFAULT_SCAN_POLICY),
    rules: findings.map(({ ruleId }) => ruleId),
  }
}

function judgeSample({ name, language, text }: Sample) {
  const path = name.startsWith('setup') ? 'setup.py' : `${name}.${EXTENSIONS[language]}`
  return { name: `${language} ${name}`, ...judge(path, Buffer.from(text)) }
}

const share = (part: number, whole: number) => `${part}/${whole} (${((100 * part) / whole).toFixed(1)} %)`

const malicious = [
  ...readCorpus('malicious-python.txt', 'python'),
  ...readCorpus('malicious-javascript.txt', 'javascript'),
  ...readCorpus('malicious-shell.txt', 'bash'),
]
const heldOut = [...readCorpus('held-out.txt'), ...readCorpus('held-out-second.txt')]
/** Their first-run figure stands in the file; here they only keep what was mended since. */
const byOthers = readCorpus('held-out-third.txt')
const inRounds = readCorpus('held-out-fourth.txt')

/** What is installed for this project under permissive licences, and its own sources. */
function listBenignFiles(): string[] {
  const folders = [
    'examples',
    'src/domain',
    'src/gateway',
    'src/cli',
    'src/hosting',
    'node_modules/hono/dist',
    'node_modules/zod/v4/core',
    'node_modules/jsonc-parser/lib',
    'node_modules/smol-toml/dist',
    'node_modules/@modelcontextprotocol/sdk/dist/esm',
  ]
  return folders.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && /(?<!\.d)\.(?:[cm]?[jt]s|py|sh)$/.test(entry.name))
      .map((entry) => join(entry.parentPath, entry.name)),
  )
}

it('docs/scanning.md names every rule for code with its reason, and no other', () => {
  const page = readFileSync(join(ROOT, 'docs/scanning.md'), 'utf8')
  const rows = [...page.matchAll(/^\| `(code\.\w+)` \| (.*) \|$/gm)].map(([, id, reason]) => [id, reason])
  expect(rows).toEqual(CODE_RULES.map(({ id, reason }) => [id, reason]))
})

describe('the malicious corpus', () => {
  it.each([
    ['written with the rules', malicious, 60],
    ['written after the rules', heldOut, 20],
    ['written without knowing the rules, which were mended since', byOthers, 60],
    ['written in rounds, each before the rules were mended', inRounds, 120],
  ])('%s is at review or above for at least 85 %%', (what, samples, least) => {
    expect(samples.length).toBeGreaterThanOrEqual(least)
    const judged = samples.map(judgeSample)
    const found = judged.filter(({ verdict }) => verdict !== 'pass')
    const blocked = judged.filter(({ verdict }) => verdict === 'block')
    console.log(
      `${what}: ${share(found.length, judged.length)} found, ${share(blocked.length, judged.length)} blocked`,
    )
    for (const { name } of judged.filter(({ verdict }) => verdict === 'pass'))
      console.log(`  missed: ${name}`)
    expect(found.length / judged.length).toBeGreaterThanOrEqual(0.85)
  })

  it.each(['python', 'javascript', 'bash'])('is found in %s too', (language) => {
    const own = malicious.filter((sample) => sample.language === language)
    const found = own.map(judgeSample).filter(({ verdict }) => verdict !== 'pass')
    expect(found.length / own.length).toBeGreaterThanOrEqual(0.85)
  })

  it('is found however it is spaced, named and quoted', () => {
    const rewritten = malicious
      .filter(({ language }) => language !== 'bash')
      .map((sample) => ({ ...sample, text: respace(sample) }))
    const found = rewritten.map(judgeSample).filter(({ verdict }) => verdict !== 'pass')
    console.log(`respaced: ${share(found.length, rewritten.length)} found`)
    expect(found.length / rewritten.length).toBeGreaterThanOrEqual(0.85)
  })
})

/** Blanks around brackets and dots, and a comment in front: what substrings and patterns on text stumble over. */
function respace({ text, language }: Sample): string {
  const lines = text
    .split('\n')
    .map((line) =>
      /['"`#/\\]/.test(line)
        ? line
        : line.replaceAll(/(?<=\w)\((?=\S)/g, ' ( ').replaceAll(/(?<=[\w)])\.(?=[a-z])/g, ' . '),
    )
  return `${language === 'python' ? '# harmless' : '// harmless'}\n${lines.join('\n')}`
}

describe('the benign corpus', () => {
  it('D20: of hard cases none asks for a review: words in comments, documentation and strings mean nothing', () => {
    const judged = readCorpus('benign.txt').map(judgeSample)
    expect(judged.filter(({ verdict }) => verdict !== 'pass')).toEqual([])
    expect(judged.length).toBeGreaterThanOrEqual(60)
  })

  it('of real files at most 10 % ask for a review, and none is blocked', () => {
    const files = listBenignFiles()
    expect(files.length).toBeGreaterThanOrEqual(150)
    const judged = files.map((path) => ({ path: relative(ROOT, path), ...judge(path, readFileSync(path)) }))
    const doubtful = judged.filter(({ verdict }) => verdict !== 'pass')
    console.log(`benign files: ${share(doubtful.length, judged.length)} at review or above`)
    for (const { path, verdict, rules } of doubtful) console.log(`  ${verdict}: ${path} ${rules.join(' ')}`)
    expect(judged.filter(({ verdict }) => verdict === 'block')).toEqual([])
    expect(doubtful.length / judged.length).toBeLessThanOrEqual(0.1)
  }, 120_000)
})
