import { findCaution, findObstacle, findReach, CLIENTS } from '../domain/clients/client-list.ts'
import { buildEndpointTarget, buildServerTarget, type Endpoint } from '../domain/clients/client-target.ts'
import { TOKEN_VARIABLE, type ClientEntry, type ConnectTarget } from '../domain/clients/client.ts'
import { renderCommand } from '../domain/clients/encode.ts'
import { renderFile } from '../domain/clients/render-entry.ts'
import type { ApiDeps } from './api-deps.ts'
import type { ClientListJson } from './schema/clients.ts'

type Deps = Pick<ApiDeps, 'access' | 'baseUrl' | 'hosting'>

const factsOf = ({ access, baseUrl }: Deps) => ({ baseUrl, canSignIn: access.oauth !== null })

/** Throws `server_not_found`. */
export async function readServerClients(deps: Deps, name: string): Promise<ClientListJson> {
  const { config } = await deps.hosting.get(name)
  return renderClients(buildServerTarget({ name, description: config?.description ?? '' }, factsOf(deps)))
}

export function readEndpointClients(
  deps: Deps,
  endpoint: Endpoint,
  chosen: readonly string[] = [],
): ClientListJson {
  return renderClients(buildEndpointTarget(endpoint, factsOf(deps), chosen))
}

function renderClients(target: ConnectTarget): ClientListJson {
  return {
    endpoint: target.url,
    name: target.name,
    reach: findReach(target.url),
    token_variable: TOKEN_VARIABLE,
    items: CLIENTS.map((client) => renderClient(client, target)),
  }
}

function renderClient(client: ClientEntry, target: ConnectTarget): ClientListJson['items'][number] {
  const { id, title, checkedOn, isDocumented, token } = client
  const { links = [], commands = [], files = [], steps = [] } = client.build(target)
  return {
    id,
    title,
    checked_on: checkedOn,
    documented: isDocumented,
    token,
    disabled: findObstacle(client, target),
    cautions: [...findCaution(client, target)],
    links: [...links],
    commands: commands.map(({ label, argv }) => ({ label, argv: [...argv], text: renderCommand(argv) })),
    files: files.map((file) => ({
      label: file.label,
      path: file.path === '' ? null : file.path,
      os: file.os ?? null,
      format: file.format,
      at: [...file.at],
      text: renderFile(file),
    })),
    steps: [...steps],
  }
}
