import type { ConfigReloadJson } from '../../api/schema/config.ts'
import { loadConfig } from '../../config/load.ts'
import { buildConfigJsonSchema } from '../../config/render-example.ts'
import { AppError } from '../../domain/error.ts'
import { isJsonObject, type Json } from '../../domain/json.ts'
import { nearest } from '../../domain/nearest.ts'
import type { Command } from '../command.ts'
import type { Printer } from '../print.ts'
import { openClient } from '../servers.ts'
import { usage } from '../parse-arguments.ts'

export const config: Command = {
  name: 'config',
  group: 'platform',
  summary: 'show, check or reload the configuration',
  arguments: 'get [key] | validate | schema | reload',
  takes: [1, 2],
  options: {
    config: { type: 'string', value: 'FILE', help: 'configuration file (default config/config.json)' },
  },
  details:
    'get prints what is in force: the file, then the environment over it. validate exits with 78 and names file,\n' +
    'line and key when the configuration is not usable. reload lets the running platform read it again: what changed is\n' +
    'taken up where the example says [live], and named where it needs a restart; one that is not usable changes nothing.',
  examples: [
    ['haivemind config get dashboard.port', 'one value'],
    ['haivemind config validate --config new.json', 'check a file before it is used'],
    ['haivemind config reload', 'after the file was changed'],
    ['haivemind config schema > haivemind.schema.json', 'JSON Schema, for editors'],
  ],
  async run({ io, args, print }) {
    const [verb = '', key] = args.positionals
    if (verb === 'schema') {
      print.line(JSON.stringify(buildConfigJsonSchema(), null, 2))
      return 0
    }
    if (verb === 'reload') {
      const client = await openClient(io, args.text('config'))
      return renderReload(await client.send<ConfigReloadJson>('POST', '/config/reload', {}), print)
    }
    if (verb !== 'get' && verb !== 'validate') throw usage(config, `config has no "${verb}"`)
    const loaded = await loadConfig(args.text('config'), io.env, io.cwd)
    if (verb === 'get') {
      const value = pick(loaded.config as Json, key)
      print.line(typeof value === 'string' && !print.json ? value : JSON.stringify(value, null, 2))
      return 0
    }
    const { file, warnings } = loaded
    if (!print.json) for (const warning of warnings) print.warn(warning)
    print.result({ valid: true, file, warnings }, () =>
      print.note(`${file ?? 'no configuration file: the defaults'}: valid`),
    )
    return 0
  },
}

function renderReload(report: ConfigReloadJson, print: Printer): number {
  if (!print.json) for (const warning of report.warnings) print.warn(warning)
  print.result(report, () => {
    const { applied, needs_restart: waiting } = report
    print.note(
      applied.length === 0 ? 'nothing changed that a reload takes up' : `in force: ${applied.join(', ')}`,
    )
    if (waiting.length > 0) print.warn(`in force after a restart only: ${waiting.join(', ')}`)
  })
  return 0
}

/** `dashboard.port`, with or without `mcp_hosting.` in front. */
function pick(values: Json, key: string | undefined): Json {
  if (key === undefined) return values
  let at: Json = values
  for (const step of key.replace(/^mcp_hosting\./, '').split('.')) {
    const next: Json | undefined = isJsonObject(at) && Object.hasOwn(at, step) ? at[step] : undefined
    if (next === undefined) {
      const near = isJsonObject(at) ? nearest(step, Object.keys(at)) : null
      throw new AppError('usage', `there is no configuration key "${key}"`, {
        hint: `${near === null ? '' : `Did you mean ${near}? `}See haivemind config get.`,
      })
    }
    at = next
  }
  return at
}
