/** L1: what kinds of files there are, and those that nobody can read before they run. */
import type { Inventory } from '../../../domain/scan-report.ts'
import type { RawFinding } from '../raw-finding.ts'
import type { ScannedFile } from '../scanned-file.ts'

const MAGICS: readonly (readonly [kind: 'native' | 'archive', what: string, hex: RegExp])[] = [
  ['native', 'a Linux program', /^7f454c46/],
  ['native', 'a Windows program', /^4d5a.{116}/],
  ['native', 'a WebAssembly module', /^0061736d01000000/],
  ['native', 'a macOS program', /^(?:feedface|feedfacf|cefaedfe|cffaedfe|cafebabe0000000[1-9])/],
  ['archive', 'a zip', /^504b0304/],
  ['archive', 'a gzip', /^1f8b08/],
  ['archive', 'an xz', /^fd377a585a00/],
  ['archive', 'a 7z', /^377abcaf271c/],
  ['archive', 'a rar', /^526172211a07/],
  ['archive', 'a bzip2', /^425a683[1-9]/],
  ['archive', 'a zstd', /^28b52ffd/],
]
const MANIFEST =
  /(?:^|\/)(?:package(?:-lock)?\.json|pyproject\.toml|requirements[\w-]*\.txt|uv\.lock|poetry\.lock|yarn\.lock|pnpm-lock\.yaml|setup\.(?:py|cfg)|manifest\.json|server\.json|server_config\.json)$/
const LIBRARY = /\.(?:so(?:\.[0-9.]+)?|node|dll|dylib|pyd|wasm)$/i
const PROGRAM = /\.(?:exe|bin|elf|out|com|scr)$/i
/** Names that promise text or a picture. */
const INNOCENT =
  /\.(?:txt|md|json|ya?ml|csv|png|jpe?g|gif|svg|ico|pdf|html?|css|py|js|ts|sh|log|lock|toml|ttf|woff2?)$/i
const BYTECODE = /\.(?:pyc|pyo|jsc)$/i
/** A zip names its files in the clear; Python imports from one. */
const CODE_INSIDE = /\.(?:pyc?|[cm]?js|ts|sh|so|node)(?![a-z])/
const MAX_MANIFESTS = 50
const MAX_OWN = 10

export type ArchiveFacts = Omit<Inventory, 'parsed'> & { readonly findings: readonly RawFinding[] }

export function createArchiveLayer() {
  const languages = new Map<string, { files: number; bytes: number }>()
  const manifests: string[] = []
  const findings: RawFinding[] = []
  const bytecode: ScannedFile[] = []
  const libraries: ScannedFile[] = []
  /** Where packages of Python were installed into the tree. */
  const packages = new Set<string>()
  const sources = new Set<string>()
  let files = 0
  let bytes = 0
  let nativeBinaries = 0
  let nestedArchives = 0
  return {
    add(file: ScannedFile): void {
      files++
      bytes += file.bytes
      if (MANIFEST.test(file.path) && manifests.length < MAX_MANIFESTS) manifests.push(file.path)
      if (file.language !== null) {
        const known = languages.get(file.language) ?? { files: 0, bytes: 0 }
        languages.set(file.language, { files: known.files + 1, bytes: known.bytes + file.bytes })
        sources.add(file.path)
      }
      if (BYTECODE.test(file.path)) bytecode.push(file)
      const installed = /^(.*\/)?[^/]+\.dist-info\//.exec(file.path)
      if (installed !== null) packages.add(installed[1] ?? '')
      const magic = recognise(file)
      if (magic === null) return
      if (magic.kind === 'native') nativeBinaries++
      else nestedArchives++
      findings.push(judge(file, magic))
      if (magic.kind === 'native' && LIBRARY.test(file.path)) libraries.push(file)
    },
    isPacked: (file: ScannedFile): boolean => recognise(file) !== null || BYTECODE.test(file.path),
    finish(): ArchiveFacts {
      for (const file of bytecode) {
        if (!hasSource(file.path, sources) || isUnchecked(file)) findings.push(buildBytecode(file))
      }
      const own = libraries.filter(({ path }) => !isInstalled(path, packages))
      findings.push(...own.slice(0, MAX_OWN).map(buildOwnLibrary))
      return {
        files,
        bytes,
        languages: Object.fromEntries(languages),
        manifests,
        nativeBinaries,
        nestedArchives,
        findings,
      }
    },
  }
}

type Magic = { readonly kind: 'native' | 'archive'; readonly what: string }

function recognise({ head }: ScannedFile): Magic | null {
  const hex = head.subarray(0, 64).toString('hex')
  const found = MAGICS.find(([, , pattern]) => pattern.test(hex))
  return found === undefined ? null : { kind: found[0], what: found[1] }
}

function judge(file: ScannedFile, { kind, what }: Magic): RawFinding {
  const about = {
    file: file.path,
    line: null,
    evidence: `${what} ${file.bytes}`,
    shown: `${what}, ${file.bytes} bytes`,
  }
  if (kind === 'native' && INNOCENT.test(file.path)) {
    return {
      ...about,
      ruleId: 'archive.disguised_binary',
      severity: 'critical',
      confidence: 'high',
      reason: `The file is ${what}, and its name says that it is something else.`,
      fix: 'Leave it out; a server has no honest use for a program under such a name.',
      cwe: 'CWE-506',
    }
  }
  if (kind === 'native') {
    const isLibrary = LIBRARY.test(file.path) && !PROGRAM.test(file.path)
    return {
      ...about,
      ruleId: 'archive.native_binary',
      severity: isLibrary ? 'low' : 'medium',
      confidence: 'high',
      reason: `The file is ${what}: nobody can read what it does, and the scan cannot either.`,
      fix: 'Let the installer fetch compiled parts by their locked hash instead of packing them.',
      cwe: null,
    }
  }
  const hasCode = CODE_INSIDE.test(file.head.toString('latin1')) && !file.path.endsWith('.whl')
  return {
    ...about,
    ruleId: 'archive.nested',
    severity: hasCode ? 'high' : 'low',
    confidence: hasCode ? 'medium' : 'high',
    reason: `The file is ${what} inside the archive: what is in it stays packed and is not scanned.`,
    fix: 'Pack its content as files.',
    cwe: null,
  }
}

/** Part of a published package that was packed with the server, as bundles do. */
function isInstalled(path: string, packages: ReadonlySet<string>): boolean {
  return (
    /(?:^|\/)(?:node_modules|site-packages|dist-packages)\//.test(path) ||
    [...packages].some((at) => path.startsWith(at))
  )
}

function buildOwnLibrary({ path, bytes }: ScannedFile): RawFinding {
  return {
    ruleId: 'archive.unread_library',
    severity: 'high',
    confidence: 'medium',
    file: path,
    line: null,
    reason:
      'Compiled code that the server loads and that belongs to no installed package: nobody can read what it does.',
    fix: 'Pack its source, or install it as a dependency.',
    cwe: 'CWE-506',
    evidence: `library ${bytes}`,
    shown: `${bytes} bytes`,
  }
}

/** The start command names an archive or compiled code: Python and node run what is in it. */
export function buildPackedStart(path: string): RawFinding {
  return {
    ruleId: 'archive.packed_start',
    severity: 'high',
    confidence: 'high',
    file: path,
    line: null,
    reason:
      'A command starts a file whose code is packed or compiled: the interpreter runs it, and nobody can read it.',
    fix: 'Pack the source and start that.',
    cwe: 'CWE-506',
    evidence: 'started',
    shown: path,
  }
}

/** A .pyc that says that its source need not be compared (PEP 552) runs whatever stands in that source. */
function isUnchecked({ path, head }: ScannedFile): boolean {
  return /\.py[co]$/i.test(path) && head.length >= 8 && head.readUInt32LE(4) === 1
}

function hasSource(path: string, sources: ReadonlySet<string>): boolean {
  const beside = path.replace(/(?:^|\/)__pycache__\//, '/').replace(/^\//, '')
  const stem = beside.replace(/(?:\.cpython-\d+)?(?:\.opt-\d)?\.(?:pyc|pyo|jsc)$/i, '')
  return sources.has(`${stem}.py`) || sources.has(`${stem}.js`)
}

function buildBytecode({ path, bytes }: ScannedFile): RawFinding {
  return {
    ruleId: 'archive.bytecode_without_source',
    severity: 'high',
    confidence: 'medium',
    file: path,
    line: null,
    reason:
      'Compiled code without its source, or that is run without comparing it: the interpreter runs it, and nobody can read it.',
    fix: 'Pack the source; the interpreter compiles it itself.',
    cwe: 'CWE-506',
    evidence: `bytecode ${bytes}`,
    shown: `${bytes} bytes`,
  }
}
