/** What is given on the command line as bytes to send: an archive as it lies there, a directory packed. */
import { stat } from 'node:fs/promises'
import { basename } from 'node:path'
import type { Command } from './command.ts'
import type { ArchiveSource } from './multipart.ts'
import { packDirectory } from './pack-directory.ts'
import { usage } from './parse-arguments.ts'
import type { Printer } from './print.ts'

/** @param given the path as it was typed; @param command whose mistake it is when there is nothing */
export async function openArchive(
  path: string,
  given: string,
  command: Command,
  print: Printer,
): Promise<ArchiveSource> {
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    throw usage(command, `${given}: ${error.code === 'ENOENT' ? 'no such file or directory' : error.message}`)
  })
  if (found.isFile()) return { filename: basename(path), path, size: found.size }
  if (!found.isDirectory()) throw usage(command, `${given} is neither a file nor a directory`)
  const { bytes, skipped } = await packDirectory(path)
  for (const inner of skipped) print.note(`left out ${inner}`)
  return { filename: `${basename(path)}.zip`, bytes }
}
