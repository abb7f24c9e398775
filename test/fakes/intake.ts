import type { ServerShape } from '../../src/domain/server.ts'
import { FIXTURE_CONFIG } from './launch-spec.ts'
import { createHash } from 'node:crypto'
import { AppError } from '../../src/domain/error.ts'
import type { Finding } from '../../src/domain/finding.ts'
import type { ScanReport } from '../../src/domain/scan-report.ts'
import type { Intake, ReceivedArchive } from '../../src/hosting/ports.ts'

const TREE_BYTES = 4096

/** What the archive's text asks the fake to do: it is the start command, unless it begins with `reject` or `fail`. */
export function createFakeIntake(
  maxBytes = 1_000_000,
  shape?: ServerShape,
): Intake & {
  readonly received: Map<string, string>
  readonly trees: Set<string>
  /** Resolving it lets an archive that says `wait` go on. */
  readonly gate: PromiseWithResolvers<void>
} {
  const received = new Map<string, string>()
  const trees = new Set<string>()
  const gate = Promise.withResolvers<void>()
  const hashOf = (text: string) => createHash('sha256').update(text).digest('hex')
  let count = 0
  return {
    received,
    trees,
    gate,
    async receive(source) {
      const chunks: Uint8Array[] = []
      let bytes = 0
      for await (const chunk of source) {
        bytes += chunk.byteLength
        if (bytes > maxBytes) throw new AppError('body_too_large', 'The archive is too big.')
        chunks.push(chunk)
      }
      const text = Buffer.concat(chunks).toString()
      const archive: ReceivedArchive = { path: `/uploads/${++count}`, bytes, hash: hashOf(text) }
      received.set(archive.path, text)
      return archive
    },
    discard: async ({ path }) => void received.delete(path),
    async install({ archive, config, onStage, onLog, onScan }, signal) {
      const text = received.get(archive.path)
      if (text === undefined) throw new Error('no such archive')
      onStage('validate', 'running', null)
      if (text.startsWith('reject'))
        throw new AppError('archive_rejected', 'ZIP_NAME: the entry "../x" leaves.')
      onStage('validate', 'succeeded', 'zip, 1 entry')
      if (isScanned(text)) {
        onStage('scan', 'running', null)
        onStage('scan', 'succeeded', await onScan(buildReport(text)))
      } else onStage('scan', 'skipped', 'turned off')
      onStage('unpack', 'succeeded', null)
      onStage('install', 'running', null)
      onLog('install', 'npm ci')
      if (text.startsWith('wait')) {
        await Promise.race([
          gate.promise,
          new Promise((_, refuse) => {
            signal.addEventListener('abort', () => refuse(new AppError('not_ready', 'The platform stops.')))
          }),
        ])
      }
      if (text.startsWith('break')) throw new TypeError('a defect of ours')
      if (text.startsWith('fail')) throw new AppError('install_failed', 'npm ci ended with 1.')
      onStage('install', 'succeeded', null)
      trees.add(archive.hash)
      return {
        name: typeof config['name'] === 'string' ? config['name'] : null,
        expiresAt: undefined,
        treeHash: archive.hash,
        archiveHash: archive.hash,
        archiveFormat: 'zip',
        archiveBytes: archive.bytes,
        config: { ...FIXTURE_CONFIG, environment: { GREETING: 'hello' } },
        detection: {
          runtime: 'bash',
          command: text.split(' '),
          installer: null,
          reasons: ['server_config.json names the command'],
          notices: [],
          ...(shape === undefined ? {} : { shape }),
        },
      }
    },
    async scan({ path }) {
      const text = received.get(path)
      if (text === undefined) throw new Error('no such archive')
      if (text.startsWith('reject'))
        throw new AppError('archive_rejected', 'ZIP_NAME: the entry "../x" leaves.')
      return buildReport(text)
    },
    lintMetadata: async () => [],
    async collect(keep) {
      for (const hash of trees) if (!keep.includes(hash)) trees.delete(hash)
    },
    compareTrees: async () => ({
      files: { added: ['new.py'], removed: [], changed: ['server.py'] },
      fileChanges: 2,
      packages: [{ name: 'httpx', before: '0.27.0', after: '0.28.0' }],
      packageChanges: 1,
    }),
    measureTree: async () => ({ bytes: TREE_BYTES, ownBytes: TREE_BYTES }),
    leftovers: {
      list: async (keep) =>
        [...trees]
          .filter((hash) => !keep.includes(hash))
          .map((name) => ({ kind: 'tree' as const, name, bytes: TREE_BYTES, at: 0 })),
      remove: async (_kind, name) => (trees.delete(name) ? TREE_BYTES : 0),
    },
  }
}

const isScanned = (text: string) => /^(?:suspicious|evil|clean)/.test(text)

/** `evil…` has a finding that blocks, `suspicious…` one that asks for a review; anything else has none. */
function buildReport(text: string): ScanReport {
  const severity = text.startsWith('evil') ? 'critical' : 'high'
  const finding: Finding = {
    ruleId: 'code.reverse_shell',
    layer: 'code',
    severity,
    confidence: 'high',
    file: 'server.sh',
    line: 3,
    reason: 'It opens a shell to a stranger.',
    fix: 'Remove it.',
    cwe: 'CWE-506',
    excerpt: 'nc -e /bin/sh',
    fingerprint: (text.startsWith('evil') ? 'e' : 'a').repeat(32),
  }
  return {
    sourceHash: 'b'.repeat(64),
    ruleSet: 'rules-1',
    inventory: {
      files: 1,
      bytes: text.length,
      languages: { bash: { files: 1, bytes: text.length } },
      manifests: [],
      nativeBinaries: 0,
      nestedArchives: 0,
      parsed: 1,
    },
    findings: /^(?:suspicious|evil)/.test(text) ? [finding] : [],
  }
}
