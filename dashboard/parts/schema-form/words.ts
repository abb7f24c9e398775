import { formatBytes } from '../../lib/format.ts'

export const FORM_WORDS = {
  add: (name: string) => `Add ${name}`,
  leaveOut: (name: string) => `Leave out ${name}`,
  optional: 'optional',
  choose: 'Choose…',
  variant: 'Variant',
  addItem: 'Add item',
  removeItem: (index: number) => `Remove item ${index}`,
  item: (index: number) => `Item ${index}`,
  addEntry: 'Add entry',
  key: 'Name',
  value: 'Value',
  removeEntry: (key: string) => `Remove entry ${key === '' ? 'without a name' : key}`,
  always: 'Always',
  file: (name: string, base64: string) =>
    base64 === ''
      ? 'No file chosen'
      : `${name === '' ? 'A file' : name}, ${formatBytes(Math.floor((base64.length * 3) / 4))}`,
  json: 'JSON',
  toForm: 'Use the form',
  rawReason: (reason: string) => `Written as JSON. ${reason}`,
  noFit: 'This does not fit the form.',
  nothing: 'It takes no arguments.',
  tooLarge: (bytes: number) => `The file is larger than ${formatBytes(bytes)}.`,
} as const
