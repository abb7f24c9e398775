/**
 * How MCP clients are given a server, as data: formats move several times a year, and each entry says when it was
 * last looked at. Pure; what a client's own file looks like afterwards is built in edit-client-file.ts.
 */
import type { JsonObject } from '../json.ts'

/** What a client is to be connected with. */
export type ConnectTarget = {
  /** Under which the client keeps it; a server's own name, or one of ENDPOINT_NAMES. */
  readonly name: string
  /** For people. */
  readonly title: string
  readonly description: string
  /** The MCP endpoint as clients reach it. */
  readonly url: string
  /** As `HAIVEMIND_URL`: no slash at the end. */
  readonly platformUrl: string
  /** For the stdio bridge: what follows `haivemind connect`. */
  readonly bridge: readonly string[]
  /** An issuer of tokens is configured: clients can sign in by themselves. */
  readonly canSignIn: boolean
}

/** The variable that snippets read the token from. Not HAIVEMIND_TOKEN, which changes what the CLI may do. */
export const TOKEN_VARIABLE = 'HAIVEMIND_MCP_TOKEN'
/** Stands where a client knows no other way than the token itself; nobody ever gets it filled in by a link. */
export const TOKEN_PLACE = 'YOUR_TOKEN'

/**
 * How the client comes by the token: `sign_in` by OAuth alone, `prompt` asks its user, `environment` reads a variable,
 * `paste` holds it in its file.
 */
export type TokenWay = 'sign_in' | 'prompt' | 'environment' | 'paste'

export type ClientLink = { readonly label: string; readonly href: string }

export type ClientCommand = { readonly label: string; readonly argv: readonly string[] }

/** One entry in a file of the client's. */
export type ClientFile = {
  readonly label: string
  /** `~/` is the home directory, `./` the project's; empty where the client has a page for it. */
  readonly path: string
  /** Only there; absent: the same everywhere. */
  readonly os?: 'darwin' | 'linux'
  readonly format: 'json' | 'toml' | 'yaml'
  /** Where the entry lies; its last part is the name. */
  readonly at: readonly string[]
  readonly entry: JsonObject
  /** Beside it, where the client needs more than the entry. */
  readonly beside?: readonly { readonly at: readonly string[]; readonly value: JsonObject }[]
}

export type ClientSetup = {
  readonly links?: readonly ClientLink[]
  readonly commands?: readonly ClientCommand[]
  readonly files?: readonly ClientFile[]
  /** What a person does, one sentence a step. */
  readonly steps?: readonly string[]
}

export type ClientEntry = {
  readonly id: string
  readonly title: string
  /** The month in which somebody last looked whether it is so: YYYY-MM. */
  readonly checkedOn: string
  /** False: seen in use, not in the vendor's own pages. */
  readonly isDocumented: boolean
  readonly token: TokenWay
  /** `vendor`: it connects from its vendor's network; `machine`: from where its user sits. */
  readonly from: 'vendor' | 'machine'
  readonly build: (target: ConnectTarget) => ClientSetup
}
