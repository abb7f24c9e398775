/** The one door for mail. A name is resolved once, judged as every other place that somebody named, and dialled so. */
import { isDeniedAddress } from '../domain/address-rules.ts'
import { AppError } from '../domain/error.ts'
import { dialResolved, listOwnAddresses, resolveHost, type ResolvedHost } from './outbound.ts'

export type MailRequest = {
  readonly host: string
  readonly port: number
  /** `tls` from the first byte, `starttls` before anything is said; both check the certificate. */
  readonly security: 'tls' | 'starttls' | 'none'
  readonly login: { readonly user: string; readonly password: string } | null
  readonly from: string
  readonly to: readonly string[]
  readonly subject: string
  readonly text: string
  /** Without angle brackets. */
  readonly messageId: string
}

export type MailRules = {
  /** `host:port` in lower case: may be private and without TLS, because the operator said so. */
  readonly named: ReadonlySet<string>
  readonly timeoutMs: number
  /** Another resolver, for tests. */
  readonly resolve?: (host: string) => Promise<ResolvedHost>
  /** Further authorities, for tests. */
  readonly ca?: string
}

/** Throws AppError `fetch_refused` for a place it will not go to, `fetch_failed` when it was not taken. */
export async function sendMail(request: MailRequest, rules: MailRules, signal: AbortSignal): Promise<void> {
  const { host, port, security } = request
  const resolved = await judge(request, rules)
  // Only whoever sends mail needs it.
  const { createTransport } = await import('nodemailer')
  const socket = await dialResolved(resolved, port).catch((error: unknown) => {
    throw failed(request, error)
  })
  const transport = createTransport({
    host,
    port,
    // Already there and judged: nothing in there looks a name up or opens another one.
    connection: socket,
    secure: security === 'tls',
    requireTLS: security === 'starttls',
    ignoreTLS: security === 'none',
    ...(request.login === null ? {} : { auth: { user: request.login.user, pass: request.login.password } }),
    tls: { servername: host, minVersion: 'TLSv1.2', ...(rules.ca === undefined ? {} : { ca: rules.ca }) },
    name: 'haivemind',
    greetingTimeout: rules.timeoutMs,
    socketTimeout: rules.timeoutMs,
    disableFileAccess: true,
    disableUrlAccess: true,
    logger: false,
  })
  const end = () => socket.destroy(new Error('took too long'))
  const late = AbortSignal.any([signal, AbortSignal.timeout(rules.timeoutMs)])
  late.addEventListener('abort', end, { once: true })
  try {
    await transport.sendMail({
      from: request.from,
      to: [...request.to],
      subject: request.subject,
      text: request.text,
      messageId: `<${request.messageId}>`,
      headers: { 'auto-submitted': 'auto-generated' },
    })
  } catch (error) {
    throw failed(request, error)
  } finally {
    late.removeEventListener('abort', end)
    transport.close()
    socket.destroy()
  }
}

async function judge({ host, port, security }: MailRequest, rules: MailRules): Promise<ResolvedHost> {
  const isNamed = rules.named.has(`${host.toLowerCase()}:${port}`)
  if (security === 'none' && !isNamed) {
    throw new AppError('fetch_refused', `${host}:${port} would get mail without TLS.`, {
      hint: 'Use tls or starttls, or let the operator name the place in notifications.private_targets.',
    })
  }
  const resolved = await (rules.resolve ?? resolveHost)(host).catch((error: unknown) => {
    throw failed({ host, port }, error)
  })
  const own = listOwnAddresses()
  for (const address of isNamed ? [] : resolved.addresses) {
    const reason = isDeniedAddress(address) ?? (own.includes(address) ? 'this machine' : null)
    if (reason === null) continue
    throw new AppError('fetch_refused', `${host}:${port} leads to an address that is not public (${reason}).`)
  }
  return resolved
}

/** What the other side answered is a stranger's text, and may repeat what it was sent: its code says enough. */
function failed({ host, port }: Pick<MailRequest, 'host' | 'port'>, cause: unknown): AppError {
  const { code, responseCode } = (cause ?? {}) as { readonly code?: unknown; readonly responseCode?: unknown }
  const why =
    typeof responseCode === 'number'
      ? `answered ${responseCode}`
      : `failed (${typeof code === 'string' ? code : 'no reason'})`
  return new AppError('fetch_failed', `The mail server ${host}:${port} ${why}.`, {
    cause,
    details: { status: typeof responseCode === 'number' ? responseCode : null },
  })
}
