/** Numbers that a text has and the evidence has not, units considered. Pure. */
type Quantity = {
  readonly text: string
  readonly value: number
  /** One in the last digit that was written. */
  readonly step: number
  /** What it counts; empty: nothing in particular. */
  readonly of: string
}

const UNITS: Readonly<Record<string, readonly [of: string, size: number]>> = {
  b: ['bytes', 1],
  byte: ['bytes', 1],
  bytes: ['bytes', 1],
  kib: ['bytes', 1024],
  kb: ['bytes', 1000],
  mib: ['bytes', 1024 ** 2],
  mb: ['bytes', 1e6],
  gib: ['bytes', 1024 ** 3],
  gb: ['bytes', 1e9],
  ms: ['time', 0.001],
  s: ['time', 1],
  second: ['time', 1],
  seconds: ['time', 1],
  min: ['time', 60],
  minute: ['time', 60],
  minutes: ['time', 60],
  h: ['time', 3600],
  hour: ['time', 3600],
  hours: ['time', 3600],
  day: ['time', 86_400],
  days: ['time', 86_400],
  '%': ['share', 0.01],
  percent: ['share', 0.01],
}

const WORDS = [
  'zero',
  'one',
  'two',
  'three',
  'four',
  'five',
  'six',
  'seven',
  'eight',
  'nine',
  'ten',
  'eleven',
  'twelve',
]
/** Numbers in words that are none of those above: what they stand for nobody checks. */
const VAGUE =
  /\b(?:thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|(?:twen|thir|for|fif|six|seven|eigh|nine)ty|hundreds?|thousands?|millions?|billions?|dozens?|double|triple|quadruple|half|quarter|thrice)\b/i
const TIME = /\d{4}-\d\d-\d\d(?:T\d\d:\d\d:\d\d(?:\.\d+)?Z)?|\d\d:\d\d(?::\d\d)?/g
const NUMBER = /(\d+(?:[.,]\d+)*)(?:\s?(%|[a-z]+))?/gi

/** The first that is not in the evidence; null: all are. */
export function findStrangeNumber(text: string, known: string): string | null {
  const vague = VAGUE.exec(text)
  if (vague !== null) return vague[0]
  // The parts of a time are no figures; as a whole it may be said.
  const there = listQuantities(known.replaceAll(TIME, ' '))
  const rest = text.replaceAll(TIME, (time) => (known.includes(time) ? ' ' : time))
  const strange = listQuantities(rest).find((said) => !there.some((one) => isSame(said, one)))
  return strange?.text ?? null
}

function isSame(said: Quantity, known: Quantity): boolean {
  if (said.of !== '' && known.of !== '' && said.of !== known.of) return false
  // Without a unit it is the figure itself that has to be there.
  if ((said.of === '') !== (known.of === '') && said.of !== '') return false
  return Math.abs(said.value - known.value) <= said.step * 1.000001
}

function listQuantities(text: string): readonly Quantity[] {
  const found = [...text.matchAll(NUMBER)].flatMap(([all, digits = '', unit = '']): Quantity[] => {
    const plain = digits.replaceAll(',', '')
    const value = Number(plain)
    // A version, an address, a date with points: as a whole or not at all.
    if (Number.isNaN(value)) return [{ text: all, value: Infinity, step: 0, of: digits }]
    const decimals = plain.includes('.') ? plain.length - plain.indexOf('.') - 1 : 0
    // Whole numbers that count things are exact.
    const step = decimals === 0 ? 0 : 10 ** -decimals
    const known = UNITS[unit.toLowerCase()]
    const bare: Quantity = { text: digits, value, step, of: '' }
    if (known === undefined) return [bare]
    const [of, size] = known
    const sized = { text: all, value: value * size, step: (decimals === 0 ? 1 : step) * size, of }
    return [sized]
  })
  const worded = [...text.matchAll(/[a-z]+/gi)].flatMap(([word]): Quantity[] => {
    const value = WORDS.indexOf(word.toLowerCase())
    // "one" is a pronoun too.
    return value < 2 ? [] : [{ text: word, value, step: 0, of: '' }]
  })
  return [...found, ...worded]
}
