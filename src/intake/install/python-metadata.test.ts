import { mkdir, mkdtemp, readdir, readFile, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { removeTree } from '../../system/files.ts'
import { buildProjectFiles, writeProjectFiles } from './python-metadata.ts'

const project = {
  name: 'My.Server',
  version: '1.2+local',
  description: 'Two\nlines',
  dependencies: [],
  scripts: { 'my-server': 'my.server:main', 'bad\n[x]': 'y' },
  requiresPython: null,
  importPaths: ['src', ''],
  source: 'pyproject.toml',
}

describe('buildProjectFiles', () => {
  it('points at the project and describes it', () => {
    expect(buildProjectFiles(project)).toEqual({
      'my_server.pth': '/app/src\n/app\n',
      'my_server-1.2+local.dist-info/METADATA':
        'Metadata-Version: 2.1\nName: my-server\nVersion: 1.2+local\nSummary: Two lines\n',
      'my_server-1.2+local.dist-info/entry_points.txt': '[console_scripts]\nmy-server = my.server:main\n',
      'my_server-1.2+local.dist-info/INSTALLER': 'haivemind\n',
      'my_server-1.2+local.dist-info/RECORD':
        'my_server.pth,,\nmy_server-1.2+local.dist-info/METADATA,,\nmy_server-1.2+local.dist-info/entry_points.txt,,\nmy_server-1.2+local.dist-info/INSTALLER,,\nmy_server-1.2+local.dist-info/RECORD,,\n',
    })
  })

  it('makes no file name of a name that is none', () => {
    expect(Object.keys(buildProjectFiles({ ...project, name: '../../etc/x', version: '../1' }))).toEqual([
      'project.pth',
      'project-0.0.0.dist-info/METADATA',
      'project-0.0.0.dist-info/entry_points.txt',
      'project-0.0.0.dist-info/INSTALLER',
      'project-0.0.0.dist-info/RECORD',
    ])
  })
})

describe('writeProjectFiles', () => {
  let root: string
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'metadata-'))
    await mkdir(join(root, 'outside'))
  })
  afterEach(() => removeTree(tmpdir(), root))

  it('writes into site-packages', async () => {
    await mkdir(join(root, 'venv/lib/python3.11/site-packages'), { recursive: true })
    await writeProjectFiles(project, join(root, 'venv'))
    const pth = await readFile(join(root, 'venv/lib/python3.11/site-packages/my_server.pth'), 'utf8')
    expect(pth).toBe('/app/src\n/app\n')
  })

  it.each(['venv/lib', 'venv/lib/python3.11', 'venv/lib/python3.11/site-packages'])(
    'does not follow a link at %s out of the tree',
    async (path) => {
      await mkdir(join(root, 'outside/python3.11/site-packages'), { recursive: true })
      await mkdir(join(root, path, '..'), { recursive: true })
      await symlink(join(root, 'outside'), join(root, path))
      await expect(writeProjectFiles(project, join(root, 'venv'))).rejects.toMatchObject({
        code: 'install_failed',
      })
      expect(await readdir(join(root, 'outside'), { recursive: true })).toEqual([
        'python3.11',
        'python3.11/site-packages',
      ])
    },
  )
})
