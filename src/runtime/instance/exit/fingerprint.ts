/** One name for ends that are alike: what differs from run to run (numbers, addresses, folders) is left out. Pure. */
import { createHash } from 'node:crypto'
import type { ExitClass } from '../../../domain/exit-class.ts'

/** @param message the line or sentence that tells this end from others; the names that it quotes are kept. */
export function buildFingerprint(kind: ExitClass, message: string): string {
  return createHash('sha256')
    .update(`${kind}\n${normalise(message)}`)
    .digest('hex')
    .slice(0, 16)
}

const QUOTED = /'[^'\n]*'|"[^"\n]*"|`[^`\n]*`/g

export function normalise(message: string): string {
  let text = ''
  let from = 0
  for (const match of message.matchAll(QUOTED)) {
    text += blur(message.slice(from, match.index)) + baseName(match[0])
    from = match.index + match[0].length
  }
  return (text + blur(message.slice(from))).replace(/\s+/g, ' ').trim()
}

function blur(text: string): string {
  return baseName(text)
    .replace(/\b0x[\da-f]+\b|\b[\da-f]{8,}\b/gi, '#')
    .replace(/\d+/g, '#')
}

function baseName(text: string): string {
  return text.replace(/(?:\/[\w.@+-]+)+\/([\w.@+-]+)/g, '$1')
}
