/**
 * House law, executable: who may import whom, and what only one file may do (ARCHITECTURE.md, "Who may import whom").
 * A rule that nobody uses, a folder that no rule names, and a run that saw too little all fail.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { describe, expect, it } from 'vitest'

const ROOT = join(import.meta.dirname, '..')

type Unit = string
const MAY_IMPORT: Readonly<Record<Unit, readonly Unit[]>> = {
  domain: [],
  system: ['domain'],
  config: ['domain'],
  intake: ['domain', 'system'],
  runtime: ['domain', 'system'],
  gateway: ['domain', 'system'],
  access: ['domain', 'system'],
  hive: ['domain', 'system'],
  explain: ['domain', 'system'],
  embed: ['domain', 'system'],
  notify: ['domain', 'system'],
  insight: ['domain'],
  store: ['domain', 'system'],
  hosting: ['domain', 'runtime:types', 'insight'],
  api: ['domain', 'hosting', 'access'],
  cli: ['domain', 'config', 'system', 'api:types'],
  platform: [
    'domain',
    'system',
    'config:types',
    'intake',
    'runtime',
    'gateway',
    'insight',
    'access',
    'hive',
    'explain',
    'embed',
    'notify',
    'store',
    'hosting',
    'api',
  ],
  'main.ts': ['cli', 'config', 'platform', 'system'],
}

/** Folders whose provider side fits a port structurally: they may name the port's types. */
const PORT_TYPES: readonly { readonly from: Unit; readonly to: Unit; readonly file: RegExp }[] = [
  { from: 'store', to: 'hosting', file: /^hosting\/ports\.ts$/ },
  { from: 'store', to: 'gateway', file: /^gateway\/ports\.ts$/ },
  { from: 'store', to: 'runtime', file: /^runtime\/ports\.ts$/ },
  { from: 'store', to: 'embed', file: /^embed\/ports\.ts$/ },
  { from: 'store', to: 'hive', file: /^hive\/ports\.ts$/ },
  { from: 'store', to: 'notify', file: /^notify\/ports\.ts$/ },
  { from: 'store', to: 'access', file: /^access\/ports\.ts$/ },
]

type Import = {
  readonly file: string
  readonly from: Unit
  readonly to: Unit
  readonly target: string
  readonly typeOnly: boolean
}

function listSources(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
    .map((name) => join(folder, name))
}

/** The composition root is a file and the folder beside it. */
function unitOf(path: string): Unit {
  const first = path.split('/')[0] ?? path
  return first === 'platform.ts' ? 'platform' : first
}

const IMPORT =
  /(?:^|\n)\s*(import|export)\s+(type\s+)?(?:[^'";]*?from\s+)?'(\.[^']+)'|import\(\s*'(\.[^']+)'\s*\)/g

function readImports(file: string): Import[] {
  const source = relative('src', file)
  return [...readFileSync(join(ROOT, file), 'utf8').matchAll(IMPORT)].flatMap((match) => {
    const specifier = match[3] ?? match[4] ?? ''
    const target = relative(join(ROOT, 'src'), join(ROOT, file, '..', specifier))
    const from = unitOf(source)
    const to = unitOf(target)
    return from === to ? [] : [{ file: source, from, to, target, typeOnly: match[2] !== undefined }]
  })
}

function isAllowed({ from, to, target, typeOnly }: Import): boolean {
  const allowed = MAY_IMPORT[from] ?? []
  if (allowed.includes(to)) return true
  if (typeOnly && allowed.includes(`${to}:types`)) return true
  return typeOnly && PORT_TYPES.some((rule) => rule.from === from && rule.to === to && rule.file.test(target))
}

const files = listSources('src')
const imports = files.flatMap(readImports)

describe('imports', () => {
  it('sees enough to judge', () => {
    expect(files.length).toBeGreaterThan(20)
    expect(imports.length).toBeGreaterThan(20)
  })

  it('knows every folder of src', () => {
    const units = new Set(files.map((file) => unitOf(relative('src', file))))
    expect([...units].filter((unit) => !(unit in MAY_IMPORT))).toEqual([])
  })

  it('crosses folders only as the table allows', () => {
    const forbidden = imports
      .filter((edge) => !isAllowed(edge))
      .map((edge) => `${edge.file} → ${edge.target}`)
    expect(forbidden).toEqual([])
  })

  it('has no permission that nobody uses', () => {
    const used = new Set(imports.map((edge) => `${edge.from} → ${edge.to}`))
    const granted = Object.entries(MAY_IMPORT).flatMap(([from, tos]) =>
      tos.map((to) => `${from} → ${to.replace(':types', '')}`),
    )
    const stale = granted.filter((edge) => !used.has(edge))
    expect(stale).toEqual([])
  })

  it('recognises a forbidden edge when it is planted', () => {
    expect(
      isAllowed({
        file: 'gateway/relay.ts',
        from: 'gateway',
        to: 'store',
        target: 'store/x.ts',
        typeOnly: false,
      }),
    ).toBe(false)
    expect(
      isAllowed({
        file: 'store/x.ts',
        from: 'store',
        to: 'gateway',
        target: 'gateway/ports.ts',
        typeOnly: true,
      }),
    ).toBe(true)
    expect(
      isAllowed({
        file: 'store/x.ts',
        from: 'store',
        to: 'gateway',
        target: 'gateway/ports.ts',
        typeOnly: false,
      }),
    ).toBe(false)
  })
})

/** Powers that lint cannot see; each has one file. */
const DOORS: readonly {
  readonly power: string
  readonly pattern: RegExp
  readonly only: readonly RegExp[]
  readonly instead: string
}[] = [
  {
    power: 'argument-less new Date()',
    pattern: /new Date\(\s*\)/,
    only: [/^system\/clock\.ts$/, /^system\/log\.ts$/],
    instead: 'take a Clock',
  },
  {
    power: 'reading /proc',
    pattern: /['"`]\/proc\//,
    only: [/^system\/(process-table|usage-figures|memory-victim)\.ts$/, /^runtime\/sandbox\//],
    instead: 'use src/system/process-table.ts',
  },
  {
    power: 'the cgroup file system',
    pattern: /\/sys\/fs\/cgroup/,
    only: [/^system\/cgroups\.ts$/],
    instead: 'use src/system/cgroups.ts',
  },
  {
    power: 'sending mail',
    pattern: /['"]nodemailer['"]/,
    only: [/^system\/send-mail\.ts$/],
    instead: 'use src/system/send-mail.ts, which judges where it goes',
  },
  {
    power: 'recursive removal',
    pattern: /\brm(?:Sync)?\([^)]*recursive/,
    only: [/^system\/files\.ts$/],
    instead: 'use removeTree of src/system/files.ts, which refuses paths outside the data directory',
  },
]

describe('doors', () => {
  it.each(DOORS)('keeps $power behind one file ($instead)', ({ pattern, only }) => {
    const broken = files
      .map((file) => relative('src', file))
      .filter((file) => !only.some((allowed) => allowed.test(file)))
      .filter((file) => pattern.test(readFileSync(join(ROOT, 'src', file), 'utf8')))
    expect(broken).toEqual([])
  })

  it('has no barrel files and no catch-all folders', () => {
    const bad = files.filter((file) =>
      /(^|\/)(index\.ts|utils|helpers|common|services|managers)(\/|$)/.test(file),
    )
    expect(bad).toEqual([])
  })
})
