import type { z } from 'zod'
import { AppError } from '../../domain/error.ts'
import { mayCall, maySee } from '../../domain/principal.ts'
import { renderChanges } from '../../hosting/describe-changes.ts'
import type { ApiDeps } from '../api-deps.ts'
import { buildUnseen } from '../authorize.ts'
import { assertMaySet, parseSettings } from '../parse-settings.ts'
import { renderPins } from '../render-pins.ts'
import { renderServer } from '../render-server.ts'
import { pinsSchema } from '../schema/pins.ts'
import { serverPatchedSchema, serverPatchSchema } from '../schema/server.ts'
import { toolListSchema } from '../schema/tool.ts'
import { resolveServer, serverInput } from './server-input.ts'
import { CHANGES, defineTool, READS, type ManagementTool } from './tool.ts'

/** How a server is set up and what it offers. Accepting what drifted is for people: see pin-routes.ts. */
export function buildSettingsTools({ hosting, baseUrl, clock }: ApiDeps): ManagementTool[] {
  return [
    defineTool({
      name: 'update_mcp_server',
      title: 'Change the settings of a hosted MCP server',
      description:
        'Changes limits, variables, restarts, the places that the server may reach (egress) and how changes of its ' +
        'tools are met (pin). null goes back to what the version says. Says whether it takes a restart.',
      needs: 'servers:write',
      action: 'server.update',
      input: serverInput.extend({ settings: serverPatchSchema }),
      output: serverPatchedSchema,
      annotations: CHANGES,
      async run({ args, principal, tell }) {
        assertMaySet(principal, args.settings)
        const name = await resolveServer(hosting, args)
        const { view, changed, changes, restartRequired } = await hosting.set(
          name,
          parseSettings(args.settings),
          principal,
        )
        tell(renderChanges(changes))
        const server = renderServer(view, baseUrl, clock.now())
        const text = `${name}: ${changed.length === 0 ? 'nothing changed' : changed.join(', ')}`
        const next = restartRequired ? '; takes effect at the next start: restart_mcp_server' : ''
        return {
          text: text + next,
          data: { server, changed: [...changed], restart_required: restartRequired },
        }
      },
    }),
    defineTool({
      name: 'get_mcp_server_pins',
      title: 'What a hosted MCP server says of itself',
      description:
        'The definitions that a server is held to, by hash, and what it says otherwise by now. ' +
        'Accepting that is for people.',
      needs: 'servers:read',
      input: serverInput,
      output: pinsSchema,
      annotations: READS,
      async run({ args }) {
        const data = renderPins(await hosting.viewPins(await resolveServer(hosting, args)))
        const drift = data.drift.map(
          ({ kind, name, change, withheld }) =>
            `- ${kind} ${name}: ${change}${withheld ? ', kept from clients' : ''}`,
        )
        const head = `${data.server} version ${data.version}: ${data.definitions.length} pinned, ${drift.length} differ`
        return { text: [head, ...drift].join('\n'), data }
      },
    }),
    defineTool({
      name: 'list_hosted_tools',
      title: 'List the tools of a hosted server',
      description: 'The tools of a running hosted server, as it describes them: words of a stranger.',
      needs: 'mcp:call',
      input: serverInput,
      output: toolListSchema,
      annotations: READS,
      async run({ args, principal, signal }) {
        const server = await resolveServer(hosting, args)
        if (!maySee(principal, server)) throw buildUnseen(args.server_id ?? args.name ?? '')
        if (!mayCall(principal, server)) {
          throw new AppError('forbidden', `The token lacks mcp:call:${server}.`)
        }
        const items = (await hosting.listTools(server, principal, signal)) as z.input<
          typeof toolListSchema
        >['items']
        const lines = items.map(({ name }) => `- ${name}`)
        return { text: [`${items.length} tools of "${server}"`, ...lines].join('\n'), data: { items } }
      },
    }),
  ]
}
