/** Words in, exit code out: finds the command, runs it, prints its error. */
import { AppError, ERRORS, renderError } from '../domain/error.ts'
import { nearest } from '../domain/nearest.ts'
import { COMMAND_WORDS, findCommand, loadCommands } from './command-table.ts'
import type { CliIo } from './io.ts'
import { asksForJson, parseArguments } from './parse-arguments.ts'
import { createPrinter, type Printer } from './print.ts'
import { renderHelp, renderOverview } from './render-help.ts'

const INTERRUPTED = 130

/** Never rejects: every error is printed and answered as its exit code. */
export async function runCli(argv: readonly string[], io: CliIo): Promise<number> {
  const json = asksForJson(argv)
  const { stdout, stderr, env } = io
  const printer = createPrinter({ stdout, stderr, env, json, quiet: false })
  const unread = watchReader(io)
  try {
    return await dispatch(argv, io, printer, unread)
  } catch (error) {
    // A reader that went away (logs -f | head) is no failure of ours.
    return unread.aborted ? 0 : renderFailure(error, io, printer)
  }
}

/** Aborted when what reads stdout is gone; without a listener the failed write would end the process. */
function watchReader({ stdout, stderr }: CliIo): AbortSignal {
  const controller = new AbortController()
  stdout.on('error', () => controller.abort(new Error('nobody reads the output')))
  stderr.on('error', () => {})
  return controller.signal
}

async function dispatch(
  argv: readonly string[],
  io: CliIo,
  printer: Printer,
  unread: AbortSignal,
): Promise<number> {
  const [verb, ...words] = argv
  if (verb === '--version' || verb === '-V') {
    printer.result({ version: io.version }, () => printer.line(io.version))
    return 0
  }
  if (verb === undefined || verb === '--help' || verb === '-h' || verb === 'help') {
    return await showHelp(verb === undefined ? undefined : words[0], io, printer, verb === undefined)
  }
  const command = await findCommand(verb)
  if (command === null) throw buildUnknown(verb)
  const args = parseArguments(command, words)
  if (args.flag('help')) {
    printer.line(renderHelp(command))
    return 0
  }
  const { stdout, stderr, env } = io
  const quiet = args.flag('quiet')
  const print = createPrinter({ stdout, stderr, env, json: args.flag('json'), quiet })
  const interrupted =
    command.outlivesReader === true ? io.interrupted : AbortSignal.any([io.interrupted, unread])
  return (await command.run({ io: { ...io, interrupted }, args, print })) ?? 0
}

async function showHelp(
  topic: string | undefined,
  io: CliIo,
  printer: Printer,
  bare: boolean,
): Promise<number> {
  if (topic !== undefined && !topic.startsWith('-')) {
    const command = await findCommand(topic)
    if (command === null) throw buildUnknown(topic)
    printer.line(renderHelp(command))
    return 0
  }
  const text = renderOverview(await loadCommands(), io.version)
  // Asked for, help is data; shown for want of a command, it is talk about a mistake.
  if (!bare) printer.line(text)
  else printer.note(text)
  return bare ? ERRORS.usage.exit : 0
}

function buildUnknown(verb: string): AppError {
  const near = nearest(verb, COMMAND_WORDS)
  const meant = near === null ? '' : `Did you mean ${near}? `
  return new AppError('usage', `unknown command "${verb}"`, { hint: `${meant}See haivemind --help.` })
}

function renderFailure(error: unknown, io: CliIo, printer: Printer): number {
  if (io.interrupted.aborted && !(error instanceof AppError)) return INTERRUPTED
  const { details, ...body } = renderError(error)
  const { request_id: requestId, ...rest } = details ?? {}
  // The daemon hides a stranger's message; on the user's own terminal it is the only clue there is.
  const message =
    error instanceof AppError || !(error instanceof Error)
      ? body.message
      : `${body.message}: ${error.message}`
  const shown = Object.keys(rest).length === 0 ? {} : { details: rest }
  printer.error({ ...body, message, ...shown }, typeof requestId === 'string' ? requestId : null)
  return ERRORS[body.code].exit
}
