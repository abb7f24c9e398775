/** The servers of the repository's `examples/`, packed here: what is deployed is what everybody can read there. */
import { packTar } from './pack-tar.ts'

const FILES = import.meta.glob<string>('../../../examples/*/*', { query: '?raw', import: 'default' })
const FOLDERS = {
  python: 'python-calculator',
  typescript: 'typescript-statistics',
  bash: 'bash-toolbox',
} as const
export type Example = keyof typeof FOLDERS
export const EXAMPLES = Object.keys(FOLDERS) as readonly Example[]

export async function buildExample(example: Example): Promise<File> {
  const folder = FOLDERS[example]
  const files = await Promise.all(
    Object.entries(FILES)
      .filter(([path]) => path.split('/').at(-2) === folder)
      .map(async ([path, load]) => ({ path: path.split('/').at(-1) ?? '', text: await load() })),
  )
  return new File([packTar(files)], `${folder}.tar`)
}
