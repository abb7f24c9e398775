import { describe, expect, it } from 'vitest'
import { parseServerConfig } from '../../domain/server-config.ts'
import { buildAppTree } from '../detect/app-tree.ts'
import { detectServer } from '../detect/detect-server.ts'
import { decideInstall } from './decide-install.ts'

async function decide(files: Readonly<Record<string, string | object>>) {
  const tree = buildAppTree(Object.keys(files), async (path) => {
    const content = files[path] ?? ''
    return Buffer.from(typeof content === 'string' ? content : JSON.stringify(content))
  })
  return decideInstall(tree, await detectServer(tree, parseServerConfig({}, 'the request')))
}

const node = (dependencies: object, more: object = {}) => ({
  'package.json': { main: 'a.js', dependencies, ...more },
  'a.js': '',
})

describe('node', () => {
  it.each([
    [{ 'server.js': '' }, 'package.json lists no dependencies'],
    [node({}, { devDependencies: { typescript: '7' } }), 'package.json lists no dependencies'],
    [
      {
        ...node({ a: '1', '@b/c': '1' }),
        'node_modules/a/package.json': '',
        'node_modules/@b/c/package.json': '',
      },
      'The archive brings its node_modules (2 dependencies)',
    ],
    [{ 'run.sh': '' }, 'Bash servers need no dependencies'],
    [{ 'server.py': '' }, 'No file lists Python dependencies'],
    [{ 'server.py': '', 'requirements.txt': '# none yet\n\n' }, 'No file lists Python dependencies'],
  ])('needs nothing: %j', async (files, why) => {
    expect(await decide(files)).toEqual({ kind: 'none', why, notices: [] })
  })

  it('follows a lock file, else the ranges', async () => {
    expect(await decide(node({ a: '^1' }))).toMatchObject({ kind: 'npm', mode: 'install', cacheable: true })
    const locked = { ...node({ a: '^1' }), 'package-lock.json': '{"lockfileVersion":3}' }
    expect(await decide(locked)).toMatchObject({
      mode: 'ci',
      manifests: ['{"main":"a.js","dependencies":{"a":"^1"}}', '{"lockfileVersion":3}', '', ''],
    })
  })

  it('shares nothing with an archive whose .npmrc changes what npm chooses', async () => {
    const plan = await decide({ ...node({ a: '^1' }), '.npmrc': 'before=2018-01-01' })
    expect(plan).toMatchObject({
      manifests: ['{"main":"a.js","dependencies":{"a":"^1"}}', '', 'before=2018-01-01', ''],
    })
  })

  it('keeps nothing in the cache where overrides name a file', async () => {
    const files = node({ a: '1' }, { overrides: { b: 'file:./b.tgz' } })
    expect(await decide(files)).toMatchObject({ cacheable: false })
  })

  it.each([
    'file:../x',
    'git+ssh://git@example.org/x.git',
    'github:a/b',
    'a/b',
    'https://example.org/x.tgz',
    'workspace:*',
  ])('keeps nothing of %s in the cache', async (range) => {
    expect(await decide(node({ a: range }))).toMatchObject({ kind: 'npm', cacheable: false })
  })

  it.each(['^1.2.3', 'npm:other@2', '1.x || >=2 <3', 'latest'])('keeps %s in the cache', async (range) => {
    expect(await decide(node({ a: range }))).toMatchObject({ cacheable: true })
  })

  it('says that other lock files are not read', async () => {
    expect((await decide({ ...node({ a: '1' }), 'pnpm-lock.yaml': '' })).notices).toEqual([
      'pnpm-lock.yaml is not read: npm chooses the versions from package.json; a package-lock.json would fix them',
    ])
  })
})

describe('python', () => {
  const project = (text = '') => `[project]\nname = "x"\nversion = "1"\n${text}`

  it('takes the dependencies of pyproject.toml, held to uv.lock', async () => {
    const lock = [
      'version = 1',
      '[[package]]\nname = "a"\nversion = "1.2"\nsource = { registry = "https://py.example/simple" }',
      '[[package]]\nname = "b"\nversion = "1"\nsource = { registry = "https://py.example/simple" }',
      '[[package]]\nname = "b"\nversion = "2"\nsource = { registry = "https://py.example/simple" }',
      '[[package]]\nname = "x"\nversion = "1"\nsource = { editable = "." }',
    ].join('\n')
    const plan = await decide({
      'pyproject.toml': project('dependencies = ["a>=1", "b; python_version > \'3\'"]'),
      'uv.lock': lock,
      'server.py': '',
    })
    expect(plan).toMatchObject({
      kind: 'python',
      requirements: ['a>=1', "b; python_version > '3'"],
      constraints: ['a==1.2'],
      hasUvLock: true,
      cacheable: true,
    })
  })

  it('makes a project known even when it needs nothing', async () => {
    expect(await decide({ 'pyproject.toml': project(), 'server.py': '' })).toMatchObject({
      kind: 'python',
      requirements: [],
      project: { name: 'x', importPaths: [''] },
    })
  })

  it('judges the lines of included files like its own', async () => {
    const plan = await decide({
      'server.py': '',
      'requirements.txt': '-r deps/base.txt\nb\n-r missing.txt\n',
      'deps/base.txt':
        'a==1\n--index-url https://evil.example/\n--no-binary :all:\n-r base.txt\n-rmore.txt # c\n-c /app/deps/c.txt',
      'deps/more.txt': 'c',
      'deps/c.txt': 'c<3',
    })
    expect(plan).toMatchObject({
      requirements: ['a==1', 'c', '-c deps/c.txt', 'b', '-r missing.txt'],
      cacheable: false,
    })
    expect(plan.notices).toHaveLength(2)
  })

  it('refuses constraints that hold options', async () => {
    const files = {
      'server.py': '',
      'requirements.txt': 'a\n-c c.txt',
      'c.txt': 'a==1\n-i https://evil.example/',
    }
    await expect(decide(files)).rejects.toMatchObject({ code: 'install_failed' })
  })

  it('takes requirements.txt where pyproject.toml lists none', async () => {
    const files = {
      'pyproject.toml': '[tool.black]\n',
      'requirements.txt': 'a\n',
      'src/x.py': '',
      'server.py': '',
    }
    expect(await decide(files)).toMatchObject({ project: null, requirements: ['a'] })
  })

  it('takes what an sdist says where pyproject.toml leaves it to its builder', async () => {
    const plan = await decide({
      'pyproject.toml': '[project]\nname = "x"\ndynamic = ["version", "dependencies"]\n',
      'PKG-INFO':
        'Metadata-Version: 2.4\nName: x\nVersion: 3.1\nRequires-Dist: a>=1\nRequires-Dist: t; extra == "test"\n\nText',
      'server.py': '',
    })
    expect(plan).toMatchObject({ requirements: ['a>=1'], project: { version: '3.1' } })
  })
})
