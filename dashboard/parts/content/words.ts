import { formatBytes } from '../../lib/format.ts'

export const CONTENT_WORDS = {
  image: 'An image that the tool made',
  notShown: (type: string) => `${type} is not shown here.`,
  audio: (type: string, bytes: number) => `Audio, ${type}, ${formatBytes(bytes)}`,
  binary: (type: string, bytes: number) => `${type}, ${formatBytes(bytes)}`,
  save: 'Save',
  link: 'Link to a resource',
  embedded: 'Embedded resource',
  unknown: 'Content of a kind that this page does not know',
  leadsTo: (host: string) => `leads to ${host}`,
  markdown: 'Markdown',
  plain: 'Plain text',
  hidden: (count: number) =>
    `${count} ${count === 1 ? 'character' : 'characters'} that nobody sees, shown here`,
  cut: (shown: number, all: number) => `The first ${formatBytes(shown)} of ${formatBytes(all)}.`,
} as const
