/**
 * What programs write to stderr before they end, as rules from text to class. Text is the weakest evidence: it is read
 * only where neither the kernel nor the wait status says more. Pure.
 */
import type { ExitClass } from '../../../domain/exit-class.ts'
import { EXIT_ADVICE } from './advice.ts'
import type { ExitPhase } from './classify-exit.ts'

export type Rule = {
  readonly kind: ExitClass
  readonly pattern: RegExp
  /** Means something else once `initialize` was answered. */
  readonly only?: ExitPhase
  readonly unless?: RegExp
  readonly tell?: (match: RegExpExecArray) => { readonly what: string; readonly hint?: string }
}

const rule = (kind: ExitClass, pattern: RegExp, tell?: Rule['tell'], more: Partial<Rule> = {}): Rule => ({
  kind,
  pattern: new RegExp(pattern.source, [...new Set(`${pattern.flags}g`)].join('')),
  ...(tell === undefined ? {} : { tell }),
  ...more,
})

const named = (text: string | undefined) => (text ?? '').slice(0, 120)

function lacksModule(match: RegExpExecArray) {
  const name = named(match[1])
  const [top = name, part] = name.split('.')
  const add = `Add ${top} to requirements.txt or pyproject.toml, or correct the import, and deploy again.`
  // The package of a dotted name may well be installed, in a version that has no such part.
  const hint =
    part === undefined
      ? add
      : `Where ${top} is listed already, name there a version of it that has ${name}. Else: ${add}`
  return { what: `the module ${name} is not installed`, hint }
}

const lacksPackage = (match: RegExpExecArray) => ({
  what: `the package ${named(match[1])} is not installed`,
  hint: `Add ${named(match[1])} to "dependencies" in package.json and deploy again.`,
})
const lacksFile = (match: RegExpExecArray) => ({
  what: `it lacks the file ${named(match[1])}`,
  hint: `The archive lacks the file ${named(match[1])}: pack it, or correct the import, and deploy again.`,
})
const lacksScript = (match: RegExpExecArray) => ({
  what: `it lacks the file ${named(match[1])}`,
  hint: `The archive lacks the file ${named(match[1])}: pack it, or correct "command", and deploy again.`,
})
const lacksData = (match: RegExpExecArray) => ({
  what: `it lacks the file ${named(match[1])}`,
  hint: `It looks for the file ${named(match[1])}: pack it into the archive, have the server make it under /data, or correct the path.`,
})
const lacksCommand = (match: RegExpExecArray) => ({
  what: `there is no command ${named(match[1])}`,
  hint: `The sandbox has no command ${named(match[1])}: bring it in the archive or do without it.`,
})
const lacksLibrary = (match: RegExpExecArray) => ({
  what: `the library ${named(match[1])} is not there`,
  hint: `Depend on a package that brings ${named(match[1])} along, or have it installed on the host, and deploy again.`,
})
export const lacksSecret = (match: ArrayLike<string | undefined>) => ({
  what: `${named(match[1])} is not set`,
  hint: `Set it: haivemind secret set <name> ${named(match[1])} (or, if it is no secret, haivemind set <name> environment.${named(match[1])}=…).`,
})
/** Names are the proxy's to resolve: a program that asks a name server itself fails with egress too. */
const IS_KEPT_IN = { hint: EXIT_ADVICE.egress_denied.fix } as const
const codeIs = (what: string) => () => ({ what })

/** SHOUTED_NAMES of variables; error codes and the runtime's own are none. */
export const VARIABLE =
  '\\b((?!ERR_|UV_|NODE_|LOG_LEVEL|RUST_|PYTHON|ELIFECYCLE|E[A-Z]{4,}\\b)[A-Z][A-Z0-9]*_[A-Z0-9_]*[A-Z0-9]|API_?KEY|TOKEN|SECRET|PASSWORD)\\b'
const IS_MISSING =
  '(?:missing|required|not set|isn.t set|is unset|not provided|not configured|undefined|not defined|not found|must be (?:set|provided|defined)|is empty|not present)'

/** The first that matches near the end wins: what names most comes first. */
export const RULES: readonly Rule[] = [
  // Python, Node and the linker about what was not installed.
  rule(
    'missing_dependency',
    /(?:ModuleNotFoundError|ImportError): No module named '?([\w.-]+)'?/,
    lacksModule,
  ),
  rule('missing_file', /Cannot find module '([./][^'\n]{0,200})'/, lacksFile),
  rule(
    'missing_dependency',
    /Cannot find (?:module|package) '([^'\n./][^'\n]{0,200}|@[^'\n]{1,200})'/,
    lacksPackage,
  ),
  rule('wrong_runtime', /was compiled against a different Node\.js version|NODE_MODULE_VERSION \d+/),
  rule('wrong_runtime', /invalid ELF header|wrong ELF class|Exec format error|cannot execute binary file/),
  rule('missing_dependency', /error while loading shared libraries: ([\w.+-]+)/, lacksLibrary),
  rule('missing_dependency', /\b([\w+-]+\.so[\w.]*): cannot open shared object file/, lacksLibrary),
  rule(
    'missing_dependency',
    /version [`'"]?((?:GLIBC|GLIBCXX|CXXABI|OPENSSL)_[\d.]+)['`"]? not found/,
    lacksLibrary,
  ),
  rule(
    'missing_dependency',
    /Could not locate the bindings file|(?:DistributionNotFound|PackageNotFoundError)\b/,
  ),
  rule(
    'missing_dependency',
    /no required module provides package ([\w./-]+)|Can't locate (\S+\.pm) in @INC|cannot load such file -- (\S+)/,
  ),
  // Which version of an interpreter it wants.
  rule('wrong_runtime', /EBADENGINE|Unsupported engine|UnsupportedClassVersionError/),
  rule(
    'wrong_runtime',
    /(?:requires?|needs?|must use|works? only with|supports? only)[^\n]{0,60}\b(?:node(?:\.?js)?|python)\b[^\n]{0,12}(?:[<>=]=?|v?\d)/i,
  ),
  rule(
    'wrong_runtime',
    /\b(?:node(?:\.?js)?|python) (?:version )?v?\d[\d.]*\+?(?: or (?:higher|later|newer|above|greater))? (?:is |are )?(?:required|needed|not supported)/i,
  ),
  rule('wrong_runtime', /\bnode: bad option: /),
  // Code that no interpreter takes.
  rule('bad_code', /ImportError: cannot import name '([^'\n]{1,100})'/, (match) => ({
    what: `there is no ${named(match[1])} to import`,
    hint: 'Pin the version of the package that it was written for, or correct the import, and deploy again.',
  })),
  rule(
    'bad_code',
    /does not provide an export named|require is not defined in ES module scope|Cannot use import statement outside a module|ERR_REQUIRE_ESM|ERR_UNKNOWN_FILE_EXTENSION/,
    codeIs('its modules do not fit together'),
    { only: 'starting' },
  ),
  rule(
    'bad_code',
    /^[ \t]*(?:\w*\.)?(?:SyntaxError|IndentationError|TabError)\b/m,
    codeIs('its code has a syntax error'),
    {
      only: 'starting',
      // What it read, not what it is.
      unless: /in JSON at position|is not valid JSON|JSON input|JSON\.parse/,
    },
  ),
  rule(
    'bad_code',
    /syntax error near unexpected token|syntax error: unexpected|unexpected EOF while looking for/,
    codeIs('its code has a syntax error'),
    { only: 'starting' },
  ),
  rule(
    'bad_code',
    /ERR_INVALID_PACKAGE_CONFIG|ERR_PACKAGE_PATH_NOT_EXPORTED|ERR_INVALID_MODULE_SPECIFIER/,
    codeIs('its modules do not fit together'),
    { only: 'starting' },
  ),
  // Secrets: first the wrong ones, whose messages often name what is also asked for.
  rule(
    'bad_secret',
    /(?:incorrect|invalid|improper|wrong|expired|revoked|malformed) (?:api[ _-]?key|(?:access |auth(?:entication)? |bearer |bot )?token|credentials?|password|secret|client secret)\b/i,
  ),
  rule(
    'bad_secret',
    /(?:api[ _-]?key|token|credentials?|password)\b[^\n]{0,30}\b(?:is|are|was|has been|has)\b[^\n]{0,12}(?:invalid|incorrect|expired|revoked|rejected|disabled|not valid)/i,
  ),
  rule(
    'bad_secret',
    /\b(?:invalid_api_key|invalid_grant|invalid_token|invalid_client|InvalidAccessKeyId|SignatureDoesNotMatch|ExpiredToken|Bad credentials|password authentication failed|Access denied for user|Authentication failed|TokenInvalid|invalid_auth|WRONGPASS|NOAUTH)\b/i,
  ),
  rule(
    'bad_secret',
    /\b40[13]\b[^\n]{0,120}\b(?:api[ _-]?key|token|credential|password|unauthori[sz]ed|authenticat)/i,
  ),
  rule(
    'bad_secret',
    /\b(?:api[ _-]?key|token|credentials?|unauthori[sz]ed|authenticat\w+)\b[^\n]{0,120}\b40[13]\b/i,
  ),
  rule(
    'missing_secret',
    /(?:os\.environ|<frozen os>|\/os\.py", line \d+, in __getitem__)[^\n]*\n(?:[^\n]*\n){0,8}?KeyError: '([A-Za-z_]\w*)'/,
    lacksSecret,
  ),
  rule('missing_secret', /"path": ?\[\s*"([A-Z][A-Z0-9_]*)"\s*\][^\]]{0,120}?[Rr]equired/, lacksSecret),
  rule(
    'missing_secret',
    /validation errors? for \w*(?:Settings|Config|Env)\w*\n(\w+)\n\s+[Ff]ield required/,
    (match) => lacksSecret([match[0], named(match[1]).toUpperCase()]),
  ),
  rule(
    'missing_secret',
    /\b([A-Za-z_]\w*): (?:unbound variable|parameter (?:null or )?not set)/,
    lacksSecret,
  ),
  rule('missing_secret', new RegExp(`${VARIABLE}[^\\n]{0,80}?\\b${IS_MISSING}`), lacksSecret),
  rule('missing_secret', new RegExp(`${IS_MISSING}\\b[^\\n]{0,60}?${VARIABLE}`, 'i'), undefined),
  rule(
    'missing_secret',
    new RegExp(
      `(?:[Pp]lease |[Mm]ust |[Yy]ou need to )?\\b(?:[Ss]et|[Pp]rovide|[Dd]efine|[Ee]xport|[Ss]upply|[Cc]onfigure)\\b[^\\n]{0,40}?${VARIABLE}`,
    ),
    lacksSecret,
  ),
  rule(
    'missing_secret',
    /\bNoCredentials(?:Error)?\b|(?:unable to|could not|cannot|can't) (?:locate|find|load|get) (?:the )?(?:default )?(?:credentials|api[ _-]?key|token)/i,
  ),
  rule(
    'missing_secret',
    /\b(?:no|missing|without) (?:an? |the |any |required )?(?:api[ _-]?keys?|access token|auth token|bearer token|token|credentials?|password)\b/i,
  ),
  rule(
    'missing_secret',
    /\b(?:api[ _-]?key|(?:access |auth |bot )?token|credentials?|password)\b[^\n]{0,40}?\b(?:is |are |was |were |must be )?(?:missing|required|not set|not provided|not found|not configured|must be set|be set|not specified)/i,
  ),
  // The machine.
  rule('port_conflict', /\bEADDRINUSE\b|\[Errno 98\]|[Aa]ddress already in use/),
  rule('resource_limit', /\bEMFILE\b|\bENFILE\b|[Tt]oo many open files/, () => ({
    what: 'it has too many open files',
    hint: 'It opens files or connections and keeps them open: close what is not used any more.',
  })),
  rule(
    'resource_limit',
    /\bENOSPC\b|\bEDQUOT\b|No space left on device|Disk quota exceeded|database or disk is full/,
    () => ({
      what: 'its disk is full',
      hint: 'Raise resource_limits.disk_mb, or make it keep less in /data; /tmp is small by design.',
    }),
  ),
  rule('missing_command', /\bspawn(?:Sync)? ([^\s\n]{1,100}) ENOENT/, lacksCommand),
  rule(
    'missing_file',
    /(?:bash|sh): (?:line \d+: )?(\/app\/[^\n:]{1,200}): No such file or directory/,
    lacksScript,
  ),
  rule('missing_file', /can't open file '([^'\n]{1,200})'/, lacksScript),
  rule('missing_command', /(?:^|\n)[^\n]*: (?:line \d+: )?([\w./+-]+): (?:command )?not found/, lacksCommand),
  rule('missing_file', /No such file or directory: '([^'\n]{1,200})'/, lacksData),
  rule('missing_file', /ENOENT: no such file or directory, \w+ '([^'\n]{1,200})'/, lacksData),
  rule('missing_file', /(?:open|stat|read) (\/[^\s:]{1,200}): no such file or directory/, lacksData),
  rule(
    'missing_file',
    /(?:^|\n)(?:\S+: )?(?:line \d+: )?(\/?[\w.@-][\w./@-]{0,200}): No such file or directory/,
    lacksData,
  ),
  rule(
    'sandbox_denied',
    /\b(?:unshare|clone|ptrace|mount|chroot|pivot_root|setns|bpf|perf_event_open)\b[^\n]{0,40}(?:Operation not permitted|EPERM)|No usable sandbox!|Failed to move to new namespace/,
  ),
  rule(
    'permission',
    /\b(?:EACCES|EPERM|EROFS)\b[^\n]{0,60}'([^'\n]{1,200})'|PermissionError: \[Errno \d+\][^\n]{0,40}: '([^'\n]{1,200})'/,
    (match) => ({
      what: `it may not touch ${named(match[1] ?? match[2])}`,
    }),
  ),
  rule('permission', /\bEACCES\b|\bEROFS\b|Permission denied|Read-only file system|PermissionError:/),
  // Others that it depends on.
  rule(
    'egress_denied',
    /Tunnel connection failed: 403|proxy[^\n]{0,60}\b403\b|\b403\b[^\n]{0,40}\bproxy|CONNECT tunnel failed, response 403|:\d+ is refused: /i,
  ),
  rule(
    'dependency_down',
    /\bconnect (ECONNREFUSED|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH) ([\w.:[\]-]+)/,
    (match) => ({
      what: `${named(match[2])} does not answer`,
    }),
  ),
  rule('dependency_down', /\bgetaddrinfo (?:ENOTFOUND|EAI_AGAIN) ([\w.-]+)/, (match) => ({
    what: `${named(match[1])} cannot be found`,
    ...IS_KEPT_IN,
  })),
  rule(
    'dependency_down',
    /\b(?:ENOTFOUND|EAI_AGAIN|ENETUNREACH)\b|Could not resolve host|Temporary failure in name resolution|Name or service not known|nodename nor servname|Network is unreachable|no such host|Name does not resolve/,
    () => ({ what: 'a place on the network cannot be found', ...IS_KEPT_IN }),
  ),
  rule(
    'dependency_down',
    /\b(?:ECONNREFUSED|ECONNRESET|ETIMEDOUT|EHOSTUNREACH|UND_ERR_CONNECT_TIMEOUT|ESOCKETTIMEDOUT)\b/,
  ),
  rule(
    'dependency_down',
    /[Cc]onnection (?:refused|timed out|reset by peer)|ConnectTimeout|ConnectionRefusedError|ConnectionResetError|Max retries exceeded|All connection attempts failed|socket hang up|No route to host|ServerSelectionTimeoutError/,
  ),
  rule(
    'dependency_down',
    /\b50[0234]\b[^\n]{0,40}(?:Bad Gateway|Service (?:Temporarily )?Unavailable|Gateway Time-?out|Internal Server Error|Server Error)|(?:status(?: code)?|HTTP)[^\n]{0,12}\b50[0234]\b|database system is starting up|[Cc]ould not connect to (?:the )?(?:server|database)/,
  ),
]
