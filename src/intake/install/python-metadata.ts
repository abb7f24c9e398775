/**
 * Makes a project importable and known to importlib.metadata without running its build backend: a .pth file that
 * points at its directories, and a minimal dist-info (PyPA "Recording installed projects").
 */
import { lstat, mkdir, open, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError } from '../../domain/error.ts'
import { isDistributionName, type PythonProject } from '../detect/python-project.ts'

/** File path below site-packages → content. Pure. */
export function buildProjectFiles(project: PythonProject): Readonly<Record<string, string>> {
  const name = isDistributionName(project.name)
    ? project.name.replace(/[-_.]+/g, '_').toLowerCase()
    : 'project'
  const version = /^[0-9A-Za-z.!+_]+$/.test(project.version) ? project.version : '0.0.0'
  const paths = project.importPaths.map((path) => (path === '' ? '/app' : `/app/${path}`))
  const files: Record<string, string> = { [`${name}.pth`]: paths.map((path) => `${path}\n`).join('') }
  // A wheel brings its own; it lies at /app, which is on the path.
  if (project.source.endsWith('.dist-info/METADATA')) return files
  const info = `${name}-${version}.dist-info`
  const scripts = Object.entries(project.scripts).filter((script) =>
    script.every((text) => !/[\n\r[\]]/.test(text)),
  )
  files[`${info}/METADATA`] =
    `Metadata-Version: 2.1\nName: ${name.replaceAll('_', '-')}\nVersion: ${version}\n` +
    (project.description === null
      ? ''
      : `Summary: ${project.description.replace(/\s+/g, ' ').slice(0, 512)}\n`)
  if (scripts.length > 0) {
    files[`${info}/entry_points.txt`] =
      '[console_scripts]\n' + scripts.map(([script, entryPoint]) => `${script} = ${entryPoint}\n`).join('')
  }
  files[`${info}/INSTALLER`] = 'haivemind\n'
  files[`${info}/RECORD`] = [...Object.keys(files), `${info}/RECORD`].map((path) => `${path},,\n`).join('')
  return files
}

/**
 * @param venv the environment on the host. What was installed is a stranger's: each directory on the way must be
 * one, since a link would lead this write out of the tree.
 */
export async function writeProjectFiles(project: PythonProject, venv: string): Promise<void> {
  await assertDirectory(venv)
  const lib = join(venv, 'lib')
  await assertDirectory(lib)
  const python = (await readdir(lib)).find((name) => /^python3\.\d+$/.test(name))
  if (python === undefined)
    throw new AppError('install_failed', 'The virtual environment has no lib/python3.x')
  const sitePackages = join(lib, python, 'site-packages')
  await assertDirectory(join(lib, python))
  await assertDirectory(sitePackages)
  for (const [path, content] of Object.entries(buildProjectFiles(project))) {
    const folder = path.includes('/') ? join(sitePackages, path.slice(0, path.indexOf('/'))) : null
    if (folder !== null) {
      await mkdir(folder, { mode: 0o755 }).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'EEXIST') throw error
      })
      await assertDirectory(folder)
    }
    // 'wx': a file that is already there, or a link, belongs to somebody else.
    const file = await open(join(sitePackages, path), 'wx', 0o644)
    try {
      await file.writeFile(content)
    } finally {
      await file.close()
    }
  }
}

async function assertDirectory(path: string): Promise<void> {
  if (!(await lstat(path)).isDirectory()) {
    throw new AppError('install_failed', 'The virtual environment is not made of plain directories')
  }
}
