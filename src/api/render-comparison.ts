import type { VersionComparison } from '../hosting/compare-versions.ts'
import type { ComparisonJson } from './schema/comparison.ts'

export function renderComparison(comparison: VersionComparison): ComparisonJson {
  const { from, to, files, fileChanges, packages, packageChanges, settings, definitions } = comparison
  return {
    from,
    to,
    files: { added: [...files.added], removed: [...files.removed], changed: [...files.changed] },
    file_changes: fileChanges,
    dependencies: packages.map((each) => ({ ...each })),
    dependency_changes: packageChanges,
    // JSON as it was stored: the schema's own type is not read-only.
    settings: settings.map((each) => ({ ...each })) as ComparisonJson['settings'],
    definitions: definitions && definitions.map((each) => ({ ...each })),
  }
}
