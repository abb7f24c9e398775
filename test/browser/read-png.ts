/** What a picture of a page tells without a person: its size, and whether anything is on it. */
import { inflateSync } from 'node:zlib'

export type Picture = {
  readonly width: number
  readonly height: number
  /** Different ones. */
  readonly colours: number
  /** Of all pixels, those that have not the most frequent colour: 0 on an empty page. */
  readonly drawn: number
}

const HEADER = 8
/** Bytes of a pixel by the colour type of PNG: RGB, RGBA. */
const CHANNELS: Readonly<Record<number, number>> = { 2: 3, 6: 4 }

/** As Chromium writes them: eight bits a channel, not interlaced. Throws on anything else. */
export function readPicture(png: Buffer): Picture {
  const parts: Buffer[] = []
  let [width, height, channels] = [0, 0, 0]
  for (let at = HEADER; at < png.length;) {
    const length = png.readUInt32BE(at)
    const type = png.toString('latin1', at + 4, at + 8)
    const data = png.subarray(at + 8, at + 8 + length)
    if (type === 'IHDR') {
      width = data.readUInt32BE(0)
      height = data.readUInt32BE(4)
      channels = data[8] === 8 && data[12] === 0 ? (CHANNELS[data[9] ?? -1] ?? 0) : 0
    }
    if (type === 'IDAT') parts.push(data)
    at += length + 12
  }
  if (channels === 0) throw new Error('no picture of this kind')
  return { width, height, ...countColours(inflateSync(Buffer.concat(parts)), width, height, channels) }
}

function countColours(raw: Buffer, width: number, height: number, channels: number) {
  const stride = width * channels
  const counts = new Map<number, number>()
  let above: Buffer = Buffer.alloc(stride)
  for (let y = 0; y < height; y++) {
    const from = y * (stride + 1)
    const line = raw.subarray(from + 1, from + 1 + stride)
    unfilter(raw[from] ?? 0, line, above, channels)
    for (let x = 0; x < stride; x += channels) {
      const colour = line.readUIntBE(x, 3)
      counts.set(colour, (counts.get(colour) ?? 0) + 1)
    }
    above = line
  }
  const most = Math.max(...counts.values())
  return { colours: counts.size, drawn: 1 - most / (width * height) }
}

/** In place; the five filters of PNG. */
function unfilter(filter: number, line: Buffer, above: Buffer, channels: number): void {
  for (let x = 0; x < line.length; x++) {
    const left = x < channels ? 0 : line[x - channels]!
    const up = above[x]!
    const corner = x < channels ? 0 : above[x - channels]!
    const guess = [0, left, up, (left + up) >> 1, filter === 4 ? paeth(left, up, corner) : 0][filter] ?? 0
    line[x] = (line[x]! + guess) & 0xff
  }
}

function paeth(left: number, up: number, corner: number): number {
  const guess = left + up - corner
  const [a, b, c] = [Math.abs(guess - left), Math.abs(guess - up), Math.abs(guess - corner)]
  if (a <= b && a <= c) return left
  return b <= c ? up : corner
}
