/** An endpoint tried through its public address, with a token that may no more than who asks, and for a minute only. */
import { AppError } from '../domain/error.ts'
import { mayCall, maySee, type Principal } from '../domain/principal.ts'
import type { ApiDeps } from './api-deps.ts'
import { buildUnseen } from './authorize.ts'
import type { EndpointTrialJson } from './schema/clients.ts'

type Deps = Pick<ApiDeps, 'access' | 'baseUrl' | 'hosting' | 'tryEndpoint'>

const MINUTE_IN_DAYS = 1 / 1440

/** For those who may call it. Throws `server_not_found`, `forbidden`. */
export async function testServerEndpoint(
  { access, baseUrl, hosting, tryEndpoint }: Deps,
  name: string,
  by: Principal,
): Promise<EndpointTrialJson> {
  if (!maySee(by, name)) throw buildUnseen(name)
  if (!mayCall(by, name)) throw new AppError('forbidden', `The scope mcp:call:${name} is missing.`)
  await hosting.get(name)
  const { record, text } = await access.createToken(
    { name: `connect test of ${name}`, grants: findGrants(by, name), expiresInDays: MINUTE_IN_DAYS },
    by,
  )
  try {
    const { url, eras } = await tryEndpoint(`${baseUrl}/servers/${name}/mcp`, text)
    return {
      url,
      works: eras.every(({ problem }) => problem === null),
      eras: eras.map(({ era, protocolVersion, tools, problem }) => ({
        era,
        protocol_version: protocolVersion,
        tools,
        problem,
      })),
    }
  } finally {
    await access.revokeToken(record.id, by)
  }
}

/** Never more than they hold themselves: who may use one tool tries with that one. */
function findGrants({ grants }: Principal, name: string): readonly string[] {
  const whole = `mcp:call:${name}`
  if (grants.includes('mcp:call') || grants.includes(whole)) return [whole]
  return grants.filter((grant) => grant.startsWith(`${whole}:`))
}
