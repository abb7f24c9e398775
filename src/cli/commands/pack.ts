import { stat, writeFile } from 'node:fs/promises'
import { basename, resolve } from 'node:path'
import { AppError } from '../../domain/error.ts'
import type { Command } from '../command.ts'
import { formatBytes } from '../humanise.ts'
import { packDirectory, SKIPPED_NAMES } from '../pack-directory.ts'

export const pack: Command = {
  name: 'pack',
  group: 'deploy',
  summary: 'make a deployable zip of a directory',
  arguments: '<directory> [out.zip]',
  takes: [1, 2],
  options: { force: { type: 'boolean', help: 'overwrite the file when it exists' } },
  details:
    `The same files give the same bytes. Left out, at any depth: ${SKIPPED_NAMES.join(', ')}.\n` +
    'Symbolic links are refused: an archive may hold regular files only.',
  examples: [
    ['haivemind pack ./weather', 'makes weather.zip'],
    ['haivemind pack ./weather dist/weather-1.2.zip --force', 'another place, over an earlier file'],
  ],
  async run({ io, args, print }) {
    const [given = '', target] = args.positionals
    const directory = resolve(io.cwd, given)
    await requireDirectory(directory, given)
    const file = resolve(io.cwd, target ?? `${basename(directory)}.zip`)
    const { bytes, files, skipped } = await packDirectory(directory)
    await writeFile(file, bytes, { flag: args.flag('force') ? 'w' : 'wx' }).catch(
      (error: NodeJS.ErrnoException) => {
        if (error.code !== 'EEXIST') throw error
        throw new AppError('conflict', `${file} exists`, { hint: 'Name another file, or use --force.' })
      },
    )
    for (const path of skipped) print.note(`left out ${path}`)
    print.note(`${files} files, ${formatBytes(bytes.length)}`)
    print.result({ file, files, bytes: bytes.length, skipped }, () => print.line(file))
    return 0
  },
}

async function requireDirectory(directory: string, given: string): Promise<void> {
  const found = await stat(directory).catch(() => null)
  if (found?.isDirectory() === true) return
  throw new AppError('usage', `${given} is not a directory`, { hint: 'See haivemind pack --help.' })
}
