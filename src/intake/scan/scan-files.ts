/** All layers over all files, within the time that there is. */
import type { Finding } from '../../domain/finding.ts'
import type { Inventory } from '../../domain/scan-report.ts'
import { analyseCommand, analyseFile } from './code/analyse-source.ts'
import { openSourceParser, type SourceParser } from './code/syntax.ts'
import { createArchiveLayer } from './layers/archive.ts'
import { createDependencyLayer } from './layers/dependencies.ts'
import { listManifestCommands } from './layers/manifest-commands.ts'
import { readAdvisories } from './layers/osv.ts'
import { scanSecrets } from './layers/secrets.ts'
import { buildIncomplete } from './incomplete.ts'
import { finishFindings, type RawFinding } from './raw-finding.ts'
import { readScannedFile, type ScannedFile } from './scanned-file.ts'
import type { ScanJob } from './scan-worker.ts'

type FoundFile = { readonly path: string; readonly bytes: number; readonly executable: boolean }
type Reported = Parameters<typeof finishFindings>[0][number]

export async function scanFiles(
  job: ScanJob,
  files: readonly FoundFile[],
): Promise<{ readonly inventory: Inventory; readonly findings: readonly Finding[] }> {
  const end = performance.now() + job.budgetMs
  const raw: Reported[] = []
  const report = (layer: Reported['layer'], found: readonly RawFinding[]) =>
    raw.push(...found.map((finding) => ({ ...finding, layer })))
  const archive = createArchiveLayer()
  const dependencies = createDependencyLayer(job.osvDir === null ? null : readAdvisories(job.osvDir))
  const parser = await openSourceParser(job.grammars)
  const unseen: string[] = []
  for (const { path, bytes, executable } of files) {
    if (performance.now() > end) {
      unseen.push(path)
      continue
    }
    const file = readScannedFile(job.root, path, bytes, executable)
    archive.add(file)
    report('secrets', scanSecrets(file))
    dependencies.add(file)
    report('code', scanCode(file, parser, archive.countParsed, unseen))
  }
  const { findings: archiveFindings, ...inventory } = archive.finish()
  report('archive', archiveFindings)
  report('dependencies', dependencies.finish())
  report('scanner', buildIncomplete(unseen))
  return { inventory, findings: finishFindings(raw) }
}

/** Names into `unseen` what could not be looked into. */
function scanCode(
  file: ScannedFile,
  parser: SourceParser,
  onParsed: () => void,
  unseen: string[],
): readonly RawFinding[] {
  const commands = listManifestCommands(file).flatMap(({ command, line, isInstall }) =>
    analyseCommand(parser, command, { path: file.path, line, isInstall }),
  )
  if (file.language === null) return commands
  const found = file.isTooLarge ? null : analyseFile(parser, file)
  if (found === null) unseen.push(file.path)
  else onParsed()
  return [...commands, ...(found ?? [])]
}
