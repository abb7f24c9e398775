/**
 * Every error the outside can see, once: code → whose fault, HTTP status, CLI exit code, and what to do.
 * REST, CLI and MCP tools render from this table; docs/errors.md is held to it by a test.
 */
import { findStorageTrouble } from './storage-error.ts'

export type Fault = 'caller' | 'server' | 'platform'

type Entry = {
  readonly fault: Fault
  readonly status: number
  readonly exit: number
  readonly title: string
  readonly hint: string
}

export const ERRORS = {
  // --- the request ---
  invalid_request: {
    fault: 'caller',
    status: 400,
    exit: 2,
    title: 'The request is malformed',
    hint: 'Correct the field that the message names.',
  },
  usage: {
    fault: 'caller',
    status: 400,
    exit: 2,
    title: 'The command is not understood',
    hint: 'See haivemind --help.',
  },
  unauthenticated: {
    fault: 'caller',
    status: 401,
    exit: 3,
    title: 'No valid token',
    hint: 'Send Authorization: Bearer hvm_…; make one with haivemind token create.',
  },
  forbidden: {
    fault: 'caller',
    status: 403,
    exit: 3,
    title: 'The token lacks a scope',
    hint: 'Use a token with the scope that the message names.',
  },
  origin_refused: {
    fault: 'caller',
    status: 403,
    exit: 3,
    title: 'This Origin is not allowed',
    hint: 'Open the platform under its own address, or add the origin to dashboard.allowed_origins.',
  },
  host_refused: {
    fault: 'caller',
    status: 421,
    exit: 3,
    title: 'This Host is not served here',
    hint: 'Use the address the platform printed at start, or set dashboard.public_url.',
  },
  route_not_found: {
    fault: 'caller',
    status: 404,
    exit: 5,
    title: 'There is nothing at this path',
    hint: 'See /api/openapi.json for the routes.',
  },
  method_not_allowed: {
    fault: 'caller',
    status: 405,
    exit: 2,
    title: 'This path does not take that method',
    hint: 'See /api/openapi.json for the routes.',
  },
  unsupported_media_type: {
    fault: 'caller',
    status: 415,
    exit: 2,
    title: 'The content type is not supported',
    hint: 'Send the content type that the message names.',
  },
  body_too_large: {
    fault: 'caller',
    status: 413,
    exit: 7,
    title: 'The body is over its limit',
    hint: 'Send less, or raise the limit that the message names.',
  },
  server_not_found: {
    fault: 'caller',
    status: 404,
    exit: 5,
    title: 'No such server',
    hint: 'See haivemind list.',
  },
  version_not_found: {
    fault: 'caller',
    status: 404,
    exit: 5,
    title: 'No such version',
    hint: 'See haivemind versions <name>.',
  },
  operation_not_found: {
    fault: 'caller',
    status: 404,
    exit: 5,
    title: 'No such operation',
    hint: 'Operations are kept for retention.operations_days (30).',
  },
  token_not_found: {
    fault: 'caller',
    status: 404,
    exit: 5,
    title: 'No such token',
    hint: 'See haivemind token list.',
  },
  tool_not_found: {
    fault: 'caller',
    status: 404,
    exit: 5,
    title: 'The server has no such tool',
    hint: 'See haivemind tools <name>.',
  },
  invalid_name: {
    fault: 'caller',
    status: 422,
    exit: 2,
    title: 'The server name is not usable',
    hint: 'Use 1 to 63 lower-case letters, digits and hyphens, starting with a letter.',
  },
  invalid_config: {
    fault: 'caller',
    status: 422,
    exit: 7,
    title: 'The server configuration is not usable',
    hint: 'Correct the key that the message names.',
  },
  unsupported_setting: {
    fault: 'caller',
    status: 422,
    exit: 7,
    title: 'This setting is not available in this release',
    hint: 'Leave the setting out, or use the value that the message names.',
  },
  conflict: {
    fault: 'caller',
    status: 409,
    exit: 6,
    title: 'The request conflicts with what is going on',
    hint: 'Wait for the current operation to end and try again.',
  },
  limit_reached: {
    fault: 'caller',
    status: 409,
    exit: 6,
    title: 'A limit of this platform is reached',
    hint: 'Delete a server, or raise the limit that the message names.',
  },
  busy: {
    fault: 'platform',
    status: 503,
    exit: 6,
    title: 'Too many calls are waiting',
    hint: 'Try again in a moment.',
  },
  // --- archives ---
  archive_rejected: {
    fault: 'caller',
    status: 422,
    exit: 7,
    title: 'The archive is rejected',
    hint: 'Pack it again with haivemind pack; the message names the entry and the rule.',
  },
  archive_truncated: {
    fault: 'caller',
    status: 400,
    exit: 7,
    title: 'The upload ended early',
    hint: 'Send the archive again.',
  },
  runtime_not_detected: {
    fault: 'caller',
    status: 422,
    exit: 7,
    title: 'How to run this archive is not clear',
    hint: 'Add a server_config.json with "command".',
  },
  runtime_not_allowed: {
    fault: 'caller',
    status: 422,
    exit: 7,
    title: 'This runtime is not allowed or not installed here',
    hint: 'See haivemind doctor, and mcp_hosting.security.allowed_languages.',
  },
  command_not_found: {
    fault: 'caller',
    status: 422,
    exit: 7,
    title: 'The start command does not exist',
    hint: 'Correct "command" in server_config.json; paths are relative to /app.',
  },
  install_failed: {
    fault: 'caller',
    status: 422,
    exit: 7,
    title: 'Installing the dependencies failed',
    hint: 'Read the install log above; the archive must install from a clean checkout.',
  },
  install_timeout: {
    fault: 'caller',
    status: 422,
    exit: 8,
    title: 'Installing the dependencies took too long',
    hint: 'Add a lock file, or raise mcp_hosting.install.timeout.',
  },
  // --- running ---
  server_not_running: {
    fault: 'server',
    status: 409,
    exit: 9,
    title: 'The server is not running',
    hint: 'Start it with haivemind start <name>; haivemind status <name> tells why it ended.',
  },
  start_failed: {
    fault: 'server',
    status: 422,
    exit: 9,
    title: 'The server did not start',
    hint: 'See haivemind logs <name>.',
  },
  server_stopped_answering: {
    fault: 'server',
    status: 502,
    exit: 9,
    title: 'The server ended before it answered',
    hint: 'See haivemind status <name> and haivemind logs <name>.',
  },
  server_error: {
    fault: 'server',
    status: 502,
    exit: 1,
    title: 'The server answered with an error',
    hint: 'The message is the server’s own; see haivemind logs <name>.',
  },
  call_timeout: {
    fault: 'server',
    status: 504,
    exit: 8,
    title: 'The server did not answer in time',
    hint: 'See haivemind logs <name>; a longer deadline is haivemind set <name> call_timeout_seconds=300, up to mcp_hosting.gateway.call_timeout_max.',
  },
  wait_timeout: {
    fault: 'server',
    status: 504,
    exit: 8,
    title: 'The awaited state did not come in time',
    hint: 'See haivemind status <name>.',
  },
  isolation_too_weak: {
    fault: 'platform',
    status: 503,
    exit: 9,
    title: 'This host cannot contain the server as promised',
    hint: 'See haivemind doctor for what is missing and the command that adds it.',
  },
  sandbox_failed: {
    fault: 'platform',
    status: 503,
    exit: 9,
    title: 'The sandbox could not be made',
    hint: 'See haivemind doctor.',
  },
  // --- the platform ---
  daemon_unreachable: {
    fault: 'platform',
    status: 503,
    exit: 4,
    title: 'The platform does not answer',
    hint: 'Start it with haivemind serve; HAIVEMIND_CONFIG or HAIVEMIND_URL names another one.',
  },
  data_in_use: {
    fault: 'platform',
    status: 409,
    exit: 1,
    title: 'Another daemon owns this data directory',
    hint: 'Stop it first, or use another data_dir.',
  },
  address_in_use: {
    fault: 'platform',
    status: 409,
    exit: 1,
    title: 'The address is in use',
    hint: 'Stop what listens there, or take another port: HAIVEMIND__DASHBOARD__PORT=8911, or dashboard.port in the configuration.',
  },
  invalid_platform_config: {
    fault: 'caller',
    status: 500,
    exit: 78,
    title: 'The configuration is not usable',
    hint: 'See haivemind config validate and config/config.example.jsonc.',
  },
  not_ready: {
    fault: 'platform',
    status: 503,
    exit: 4,
    title: 'The platform is starting or stopping',
    hint: 'Try again in a moment.',
  },
  disk_full: {
    fault: 'platform',
    status: 507,
    exit: 1,
    title: 'The disk is full',
    hint: 'Free space in the data directory: haivemind cleanup, or a larger disk.',
  },
  internal: {
    fault: 'platform',
    status: 500,
    exit: 1,
    title: 'Something went wrong inside the platform',
    hint: 'See the platform log for this request id.',
  },
  // --- places that the platform calls, and identities from elsewhere ---
  fetch_refused: {
    fault: 'caller',
    status: 422,
    exit: 7,
    title: 'The platform does not go to this place',
    hint: 'Use https to a public address; the operator can name an exact host:port in the configuration.',
  },
  fetch_failed: {
    fault: 'caller',
    status: 502,
    exit: 1,
    title: 'The place did not give what was asked for',
    hint: 'Check that the URL answers from this machine, then try again.',
  },
  issuer_unavailable: {
    fault: 'platform',
    status: 503,
    exit: 1,
    title: 'The issuer of identities cannot be asked',
    hint: 'Try again in a moment; the operator finds the reason in the platform log.',
  },
  login_refused: {
    fault: 'caller',
    status: 403,
    exit: 3,
    title: 'This sign-in is not accepted',
    hint: 'Begin again at /auth/login; the operator decides in security.oauth.roles who may come in.',
  },
  // --- people ---
  user_not_found: {
    fault: 'caller',
    status: 404,
    exit: 5,
    title: 'No such user',
    hint: 'See haivemind user list.',
  },
  session_not_found: {
    fault: 'caller',
    status: 404,
    exit: 5,
    title: 'No such session',
    hint: 'See GET /api/v1/sessions.',
  },
  weak_password: {
    fault: 'caller',
    status: 422,
    exit: 2,
    title: 'The password is too weak',
    hint: 'Take 8 to 128 characters that nobody would guess; a few unrelated words are good.',
  },
  wrong_credentials: {
    fault: 'caller',
    status: 401,
    exit: 3,
    title: 'Name or password is wrong',
    hint: 'Try again; an administrator can set a new password with haivemind user set-password.',
  },
  https_required: {
    fault: 'caller',
    status: 403,
    exit: 3,
    title: 'This is not possible over plain http',
    hint: 'Reach the platform over https; a proxy that ends TLS must be named in dashboard.trusted_proxies.',
  },
  cross_site_refused: {
    fault: 'caller',
    status: 403,
    exit: 3,
    title: 'A change by cookie did not come from this platform’s own page',
    hint: 'Send X-Haivemind-CSRF: 1 from a page of the same origin, or use a token.',
  },
  setup_code_wrong: {
    fault: 'caller',
    status: 403,
    exit: 3,
    title: 'The setup code is wrong or no longer valid',
    hint: 'Make a new one with haivemind setup-code, or restart the platform.',
  },
  already_set_up: {
    fault: 'caller',
    status: 410,
    exit: 6,
    title: 'The platform has an administrator already',
    hint: 'Sign in, or make an account with haivemind user add.',
  },
  precondition_failed: {
    fault: 'caller',
    status: 412,
    exit: 6,
    title: 'Somebody changed it meanwhile',
    hint: 'Read it again, and send If-Match with the ETag of that answer.',
  },
  rate_limited: {
    fault: 'caller',
    status: 429,
    exit: 6,
    title: 'Too many requests',
    hint: 'Wait as long as Retry-After says.',
  },
  request_timeout: {
    fault: 'caller',
    status: 408,
    exit: 8,
    title: 'The request did not come whole in time',
    hint: 'Send it again over a faster or steadier connection.',
  },
  // --- audit ---
  audit_unavailable: {
    fault: 'platform',
    status: 503,
    exit: 1,
    title: 'The audit log cannot be written',
    hint: 'Nothing was changed. Free space in the data directory and try again; the platform log names the cause.',
  },
  // --- scanning ---
  scan_blocked: {
    fault: 'caller',
    status: 422,
    exit: 7,
    title: 'The scan refuses this archive',
    hint: 'See what was found with haivemind scan <archive>; an administrator can suppress a finding that is wrong.',
  },
  approval_required: {
    fault: 'caller',
    status: 403,
    exit: 3,
    title: 'This version waits for approval',
    hint: 'Read haivemind findings <name>; an administrator releases it with haivemind approve <name> --reason ….',
  },
  suppression_not_found: {
    fault: 'caller',
    status: 404,
    exit: 5,
    title: 'No such suppression',
    hint: 'See haivemind suppress --list.',
  },
  // --- what servers say of themselves ---
  tool_definition_changed: {
    fault: 'server',
    status: 409,
    exit: 7,
    title: 'The server describes this otherwise than it did',
    hint: 'See haivemind pins <name> for the difference, and accept it with haivemind pins <name> --approve.',
  },
  // --- secrets ---
  secret_missing: {
    fault: 'caller',
    status: 422,
    exit: 9,
    title: 'The server needs a secret that is not set',
    hint: 'Set it with haivemind secret set <name> <key>.',
  },
  invalid_secret: {
    fault: 'caller',
    status: 422,
    exit: 7,
    title: 'The secret is not usable',
    hint: 'A secret has 6 bytes to 64 KiB; what is no single line of text is set with --as file.',
  },
  secret_not_found: {
    fault: 'caller',
    status: 404,
    exit: 5,
    title: 'No such secret',
    hint: 'See haivemind secret list <name>.',
  },
  secret_unreadable: {
    fault: 'platform',
    status: 500,
    exit: 9,
    title: 'A stored secret cannot be read',
    hint: 'Set it again with haivemind secret set <name> <key>.',
  },
  keys_locked: {
    fault: 'platform',
    status: 423,
    exit: 9,
    title: 'The key of the secrets is missing or another one',
    hint: 'Put the key back that was in use before; haivemind doctor names its place. Nothing was deleted.',
  },
  answer_lost: {
    fault: 'platform',
    status: 410,
    exit: 9,
    title: 'An answer is not kept any more',
    hint: 'Send the request again if that does no harm.',
  },
  // --- processes of a server ---
  too_many_processes: {
    fault: 'platform',
    status: 503,
    exit: 6,
    title: 'There is no room for another process',
    hint: 'Try again in a moment.',
  },
  // --- the breaker ---
  server_unresponsive: {
    fault: 'server',
    status: 503,
    exit: 8,
    title: 'The server did not answer again and again',
    hint: 'Calls are tried again by themselves in some seconds; see haivemind logs <name>, or haivemind restart <name>.',
  },
  // --- durability ---
  database_damaged: {
    fault: 'platform',
    status: 500,
    exit: 1,
    title: 'The database is damaged',
    hint: 'Start the platform: it rebuilds it from what is stored beside it, or says which backup to restore.',
  },
  backup_damaged: {
    fault: 'caller',
    status: 422,
    exit: 7,
    title: 'The backup is not as it was written',
    hint: 'Take another one: haivemind backup list.',
  },
  database_lost: {
    fault: 'platform',
    status: 500,
    exit: 1,
    title: 'The database is lost, and nothing is there to make it from',
    hint: 'Restore a backup: haivemind backup restore <file>. To give up what is stored, move servers_dir away.',
  },
  database_newer: {
    fault: 'platform',
    status: 500,
    exit: 78,
    title: 'The database was made by a newer release',
    hint: 'Start that release again, or restore the backup that it made before it changed the database (data_dir/backups).',
  },
  // --- the disk ---
  storage_failed: {
    fault: 'platform',
    status: 507,
    exit: 1,
    title: 'The disk cannot be written',
    hint: 'Nothing was changed; running servers go on. haivemind doctor says what is wrong with the disk.',
  },
  // --- memory ---
  memory_not_found: {
    fault: 'caller',
    status: 404,
    exit: 5,
    title: 'There is no such memory',
    hint: 'Search for it; a memory above your max_confidentiality_level is as absent as one that never was.',
  },
  // --- incidents ---
  incident_not_found: {
    fault: 'caller',
    status: 404,
    exit: 5,
    title: 'There is no such incident',
    hint: 'See haivemind incidents; one that is over is kept for retention.incidents_days (400).',
  },
  // --- recommendations ---
  recommendation_not_found: {
    fault: 'caller',
    status: 404,
    exit: 5,
    title: 'There is no such recommendation',
    hint: 'haivemind optimize lists those that are open.',
  },
  recommendation_closed: {
    fault: 'caller',
    status: 409,
    exit: 6,
    title: 'The recommendation is not open any more',
    hint: 'It was applied, dismissed, taken back or overtaken. haivemind optimize says what holds now.',
  },
  recommendation_blocked: {
    fault: 'caller',
    status: 409,
    exit: 6,
    title: 'The recommendation cannot be applied now',
    hint: 'The message says what stands against it, and until when.',
  },
  // --- what clients may use ---
  tool_disabled: {
    fault: 'caller',
    status: 403,
    exit: 3,
    title: 'The tool is switched off here',
    hint: 'Somebody who may set up the server switches it on: haivemind tools <name> --enable <tool>.',
  },
  // --- backups ---
  backup_failed: {
    fault: 'platform',
    status: 500,
    exit: 1,
    title: 'The backup could not be made',
    hint: 'The log of the platform says why; what was there before is untouched.',
  },
  // --- notifications ---
  notification_channel_not_found: {
    fault: 'caller',
    status: 404,
    exit: 5,
    title: 'There is no such channel',
    hint: 'See haivemind notify list.',
  },
} as const satisfies Record<string, Entry>

export type ErrorCode = keyof typeof ERRORS

/** What a caller gets, in every channel. `details` is machine-readable and free of secrets. */
export type ErrorBody = {
  readonly code: ErrorCode
  readonly message: string
  readonly hint: string
  readonly details?: Readonly<Record<string, unknown>>
}

/**
 * An error meant to be seen. Anything else that is thrown is a defect: it is logged whole and shown as `internal`.
 */
export class AppError extends Error {
  readonly code: ErrorCode
  readonly hint: string
  readonly details: Readonly<Record<string, unknown>> | undefined

  constructor(
    code: ErrorCode,
    message: string,
    options: { hint?: string; details?: Readonly<Record<string, unknown>>; cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause })
    this.name = 'AppError'
    this.code = code
    this.hint = options.hint ?? ERRORS[code].hint
    this.details = options.details
  }
}

/** The body for any thrown value; a stranger's message never leaks through `internal`. */
export function renderError(error: unknown): ErrorBody {
  if (!(error instanceof AppError)) {
    const trouble = findStorageTrouble(error)
    if (trouble !== null) {
      return { code: trouble, message: ERRORS[trouble].title, hint: ERRORS[trouble].hint }
    }
    return { code: 'internal', message: ERRORS.internal.title, hint: ERRORS.internal.hint }
  }
  const { code, message, hint, details } = error
  return details === undefined ? { code, message, hint } : { code, message, hint, details }
}
