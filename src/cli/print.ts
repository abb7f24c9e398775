/**
 * The only printer. Data goes to stdout, talk and progress to stderr; with --json stdout holds one document, or one
 * JSON object a line for streams, and an error is one line on stderr.
 */
import type { ErrorBody } from '../domain/error.ts'
import type { OutputStream } from './io.ts'

type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow'
const SGR: Readonly<Record<Style, number>> = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33 }

export type PrintOptions = {
  readonly stdout: OutputStream
  readonly stderr: OutputStream
  readonly env: Readonly<Record<string, string | undefined>>
  readonly json: boolean
  readonly quiet: boolean
}

export interface Printer {
  readonly json: boolean
  readonly quiet: boolean
  /** True when progress may be redrawn in place. */
  readonly live: boolean
  /** One document with --json; else what `render` prints. */
  result(document: unknown, render: () => void): void
  /** One element of a stream: an NDJSON line with --json; else `text`. */
  record(value: unknown, text: string): void
  line(text: string): void
  /** Upper-case header, no borders, `-` for what is missing; cut to the width of a terminal. */
  table(header: readonly string[], rows: readonly (readonly (string | null)[])[]): void
  /** Talk: stderr, silent with --quiet; control characters are taken out, since servers' words are in it. */
  note(text: string): void
  /** Raw text to stderr, for redrawing a line on a terminal. */
  redraw(text: string): void
  warn(text: string): void
  error(body: ErrorBody, requestId: string | null): void
  style(style: Style, text: string): string
}

/**
 * Hosted servers write what they like; a terminal would obey their escape sequences. CSI and OSC sequences go whole,
 * other control characters but tab and newline are dropped. --json keeps everything, escaped by JSON.
 */
export function stripControls(text: string): string {
  return text
    .replace(/\u001b\[[0-9;:?]*[ -/]*[@-~]/g, '')
    .replace(/\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)/g, '')
    .replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '')
}

/** NO_COLOR wins, then FORCE_COLOR, then a terminal that is not dumb. */
export function decideColor(stream: OutputStream, env: PrintOptions['env']): boolean {
  if ((env['NO_COLOR'] ?? '') !== '') return false
  const force = env['FORCE_COLOR'] ?? ''
  if (force !== '') return force !== '0'
  return stream.isTTY === true && env['TERM'] !== 'dumb'
}

/** Columns padded to their widest cell; the last one is not padded. */
export function renderTable(
  header: readonly string[],
  rows: readonly (readonly (string | null)[])[],
  width: number | null,
): string[] {
  const cells = [header, ...rows].map((row) =>
    row.map((cell) => (cell === null || cell === '' ? '-' : stripControls(cell).replaceAll(/\s+/g, ' '))),
  )
  const widths = header.map((_, column) => Math.max(...cells.map((row) => (row[column] ?? '').length)))
  return cells.map((row) => {
    const line = row.map((cell, column) =>
      column === row.length - 1 ? cell : cell.padEnd(widths[column] ?? 0),
    )
    const text = line.join('  ').trimEnd()
    return width !== null && text.length > width ? `${text.slice(0, Math.max(0, width - 1))}…` : text
  })
}

export function createPrinter(options: PrintOptions): Printer {
  const { stdout, stderr, env, json, quiet } = options
  const color = decideColor(stdout, env)
  const colorTalk = decideColor(stderr, env)
  const paint = (on: boolean, style: Style, text: string) =>
    on ? `\u001b[${SGR[style]}m${text}\u001b[0m` : text
  const out = (text: string) => void stdout.write(`${text}\n`)
  const err = (text: string) => void stderr.write(`${text}\n`)

  return {
    json,
    quiet,
    live: !json && !quiet && stderr.isTTY === true && env['TERM'] !== 'dumb',
    result(document, render) {
      if (json) out(JSON.stringify(document, null, 2))
      else render()
    },
    record(value, text) {
      if (json) out(JSON.stringify(value))
      else out(text)
    },
    line: out,
    table(header, rows) {
      const width = stdout.isTTY === true ? (stdout.columns ?? null) : null
      const [head = '', ...body] = renderTable(header, rows, width)
      out(paint(color, 'bold', head))
      for (const row of body) out(row)
    },
    note(text) {
      if (!quiet) err(stripControls(text))
    },
    redraw(text) {
      if (!quiet) stderr.write(text)
    },
    warn(text) {
      err(`${paint(colorTalk, 'yellow', 'warning:')} ${stripControls(text)}`)
    },
    error(body, requestId) {
      const { code, message, hint, details } = body
      if (json) {
        const shown = details === undefined ? {} : { details }
        err(JSON.stringify({ error: { code, message, hint, request_id: requestId, ...shown } }))
        return
      }
      err(`${paint(colorTalk, 'red', 'error:')} ${stripControls(message)}`)
      if (hint !== '') err(`${paint(colorTalk, 'dim', 'hint:')} ${stripControls(hint)}`)
    },
    style: (style, text) => paint(color, style, text),
  }
}
