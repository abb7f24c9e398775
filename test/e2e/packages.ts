/** Archives as they are published, fetched by npm and pip and kept under out/; null where a registry is out of reach. */
import { execFile } from 'node:child_process'
import { mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { ROOT } from './platform.ts'

const run = promisify(execFile)
const FOLDER = join(ROOT, 'out/packages')

/** The tarball of `@modelcontextprotocol/<name>` as npm serves it. */
export async function fetchNpmPackage(name: string, version: string): Promise<string | null> {
  await mkdir(FOLDER, { recursive: true })
  const file = `modelcontextprotocol-${name}-${version}.tgz`
  if ((await readdir(FOLDER)).includes(file)) return join(FOLDER, file)
  try {
    await run('npm', ['pack', '--silent', `@modelcontextprotocol/${name}@${version}`], {
      cwd: FOLDER,
      timeout: 60_000,
    })
    return join(FOLDER, file)
  } catch {
    return null
  }
}

/** The source distribution of `project` as PyPI serves it. */
export async function fetchSourceDistribution(project: string, version: string): Promise<string | null> {
  await mkdir(FOLDER, { recursive: true })
  const file = `${project.replaceAll('-', '_')}-${version}.tar.gz`
  if ((await readdir(FOLDER)).includes(file)) return join(FOLDER, file)
  const options = ['--quiet', '--no-deps', '--no-binary', ':all:', '--dest', FOLDER]
  try {
    await run('python3', ['-m', 'pip', 'download', ...options, `${project}==${version}`], { timeout: 90_000 })
    return (await readdir(FOLDER)).includes(file) ? join(FOLDER, file) : null
  } catch {
    return null
  }
}
