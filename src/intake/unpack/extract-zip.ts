import { crc32 } from 'node:zlib'
import type { ArchiveLimits } from '../../domain/archive.ts'
import { inflateRange, isZlibError, readChunks } from './byte-range.ts'
import { createBudget } from './plan.ts'
import type { ZipEntry } from './read-zip.ts'
import { ArchiveReject } from './reject.ts'
import type { TreeWriter } from './tree-writer.ts'

/** Writes a checked plan. Sizes, ratio and CRC hold again, on what really comes out. */
export async function extractZip(
  descriptor: number,
  entries: readonly ZipEntry[],
  writer: TreeWriter,
  limits: ArchiveLimits,
  packedBytes: number,
): Promise<void> {
  const budget = createBudget('ZIP', limits, packedBytes)
  for (const entry of entries) {
    if (entry.kind === 'directory') {
      writer.addDirectory(entry)
    } else {
      await extractFile(descriptor, entry, writer, (bytes) => budget.add(bytes))
    }
  }
}

async function extractFile(
  descriptor: number,
  entry: ZipEntry,
  writer: TreeWriter,
  spend: (bytes: number) => void,
): Promise<void> {
  const refuse = (why: string): never => {
    throw new ArchiveReject('ZIP_CRC', `${JSON.stringify(entry.path)}: ${why}`, {
      entry: entry.path,
      offset: entry.offset,
    })
  }
  const end = entry.dataOffset + entry.packedBytes
  const file = writer.openFile(entry)
  try {
    let crc = 0
    let bytes = 0
    const take = (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes > entry.bytes) refuse('it unpacks to more than it says')
      spend(chunk.length)
      crc = crc32(chunk, crc)
      file.write(chunk)
    }
    if (entry.method === 'store') {
      for (const chunk of readChunks(descriptor, entry.dataOffset, end)) take(chunk)
    } else {
      const inflated = inflateRange(descriptor, entry.dataOffset, end)
      try {
        for await (const chunk of inflated.chunks) take(chunk)
      } catch (error) {
        if (!isZlibError(error)) throw error
        refuse('its compressed data is broken')
      }
      if (inflated.consumed() !== entry.packedBytes) refuse('there are bytes after its compressed data')
    }
    if (bytes !== entry.bytes) refuse('it unpacks to less than it says')
    if (crc !== entry.crc) refuse('its checksum does not match')
  } finally {
    file.close()
  }
}
