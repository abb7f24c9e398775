/** The layers that read code and secrets, over some of the files: a scan deals its files to two of these. */
import { analyseCommand, analyseFile } from './code/analyse-source.ts'
import { guessLanguage } from './code/guess-language.ts'
import { openSourceParser, type SourceParser } from './code/syntax.ts'
import { listManifestCommands, listRunFiles } from './layers/manifest-commands.ts'
import { scanSecrets } from './layers/secrets.ts'
import type { finishFindings, RawFinding } from './raw-finding.ts'
import { readScannedFile, type Language, type ScannedFile } from './scanned-file.ts'
import type { ScanJob } from './scan-worker.ts'

export type FoundFile = { readonly path: string; readonly bytes: number; readonly executable: boolean }
export type Reported = Parameters<typeof finishFindings>[0][number]
export type PartOfScan = Pick<ScanJob, 'root' | 'grammars' | 'budgetMs'> & {
  /** With a language: something runs the file as that, whatever its name says. */
  readonly files: readonly (FoundFile & { readonly language?: Language })[]
}

export type Part = {
  readonly found: readonly Reported[]
  /** What could not be looked into. */
  readonly unseen: readonly string[]
  readonly parsed: number
  /** What manifests and shell scripts hand to an interpreter. */
  readonly named: readonly RunFile[]
}
type RunFile = ReturnType<typeof listRunFiles>[number]

export async function scanPart({ root, grammars, budgetMs, files }: PartOfScan): Promise<Part> {
  const end = performance.now() + budgetMs
  const parser = await openSourceParser(grammars)
  const found: Reported[] = []
  const unseen: string[] = []
  const named: RunFile[] = []
  let parsed = 0
  const report = (layer: Reported['layer'], findings: readonly RawFinding[]) =>
    found.push(...findings.map((finding) => ({ ...finding, layer })))
  for (const { path, bytes, executable, language } of files) {
    if (performance.now() > end) {
      unseen.push(path)
      continue
    }
    const file = readScannedFile(root, path, bytes, executable, language)
    if (language === undefined) report('secrets', scanSecrets(file))
    report('code', scanManifest(file, parser))
    named.push(...listNamed(file))
    const code = scanCode(file, parser)
    if (code === null) unseen.push(path)
    else report('code', code)
    if (code !== null && file.language !== null) parsed++
  }
  return { found, unseen, parsed, named }
}

/** From the root of the tree or from beside them. */
function listNamed(file: ScannedFile): readonly RunFile[] {
  const commands =
    file.language === 'bash' ? [file.text ?? ''] : listManifestCommands(file).map(({ command }) => command)
  const folder = file.path.slice(0, file.path.lastIndexOf('/') + 1)
  return commands.flatMap(listRunFiles).flatMap(({ path, language }) => [
    { path, language },
    { path: folder + path, language },
  ])
}

function scanManifest(file: ScannedFile, parser: SourceParser): readonly RawFinding[] {
  return listManifestCommands(file).flatMap(({ command, line, isInstall }) =>
    analyseCommand(parser, command, { path: file.path, line, isInstall }),
  )
}

/** Null for what could not be looked into. */
function scanCode(file: ScannedFile, parser: SourceParser): readonly RawFinding[] | null {
  if (file.language === null) return scanUnnamed(file, parser)
  return file.isTooLarge ? null : analyseFile(parser, file)
}

/** Code under another name: it may be run, or be an example in the documentation, so nothing of it blocks for certain. */
function scanUnnamed(file: ScannedFile, parser: SourceParser): readonly RawFinding[] {
  const language = file.text === null ? null : guessLanguage(parser, file.text)
  const found = language === null ? null : analyseFile(parser, { ...file, language })
  return (found ?? []).map((finding) =>
    finding.severity === 'critical' ? { ...finding, confidence: 'medium' } : finding,
  )
}
