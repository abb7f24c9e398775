/**
 * What the gateway owes on the wire, requirement by requirement. The ids are stable labels and have gaps; a test that
 * proves one starts its title with it, and protocol-requirements.test.ts holds the two together.
 *
 * The first letter says who asks: M the specification's MUST, S its SHOULD, G this platform. A C after it: the official
 * conformance suite looks too. `GW` is the gateway, `…/x` in `_meta` stands for `io.modelcontextprotocol/x`.
 */
export const PROTOCOL_REQUIREMENTS: Readonly<Record<string, string>> = {
  // Entry and era
  R1: 'G: The body, parsed once, decides: `params._meta["…/protocolVersion"]` present: modern, absent: legacy (but R2). Headers only cross-check.',
  R2: 'GC: Claim-less request with `MCP-Protocol-Version` 2026-07-28 or later, or a malformed envelope: 400/-32602 naming the missing key; never legacy.',
  R3: 'GC: `initialize` is legacy; with a valid modern claim: 404/-32601.',
  R4: 'G: Responses, arrays, bodyless GET or DELETE, claim-less notifications: legacy. An array with a modern-claiming or invalid element: 400/-32600.',
  R5: 'M: Unparseable JSON: 400/-32700 without `id`; JSON that is not JSON-RPC: 400/-32600.',
  R6: 'G: Content-Type not `application/json`: 415. Body over the limit (4 MB, per server up to 64): 413 before parsing.',
  R7: 'G: Legacy POST whose `Accept` excludes `application/json` or `text/event-stream`: 406; missing or `*/*` means both. Not enforced on modern.',
  R8: 'S: GET, DELETE: 405, on a modern-only endpoint always (`Allow: POST`), on a dual one without session id. Modern requests ignore `Mcp-Session-Id` and `Last-Event-ID`; no session id is minted or echoed.',
  R9: 'S: Legacy disabled: `initialize` gets -32022 with `data.supported`, `data.requested`.',
  R10: `MC: \`supported\` in -32022 equals discover's \`supportedVersions\`: \`["2026-07-28"]\`.`,
  R11: "G: Differential tests of R1–R5 against the SDK's `classifyInboundRequest`.",
  // Modern headers
  R20: 'MC: Request POSTs carry `MCP-Protocol-Version`, `Mcp-Method`, and `Mcp-Name` for `tools/call`, `prompts/get` (`params.name`), `resources/read` (`params.uri`); missing: 400/-32020, checked in that order.',
  R21: 'MC: `tasks/get|update|cancel` carry `Mcp-Name: <taskId>`.',
  R22: 'MC: Header names case-insensitive, values case-sensitive, outer whitespace trimmed.',
  R23: 'MC: Any of the three unequal to the body (name after decoding): 400/-32020.',
  R24: 'MC: `=?base64?…?=` (both marks, exact, lower case) is decoded first, as canonical padded base64 of UTF-8; bad padding, alphabet or UTF-8: 400/-32020; without both marks: a literal.',
  R25: 'M: Notification POSTs need no such headers; 202, empty body (4xx if refused).',
  R26: 'MC: `x-mcp-header` on an `inputSchema` property (any depth, through `properties` only): a non-null argument needs an equal (decoded) `Mcp-Param-<Name>`, else 400/-32020; null or absent does not. Integers compare numerically; booleans are `true|false`.',
  R27: 'G: For stdio servers GW does R26: a tool→header index, built before the first `tools/call`, rebuilt on `list_changed`.',
  R28: 'M: `x-mcp-header` value: RFC 9110 token, unique per tool ignoring case; property of type string, integer or boolean (the SDK also takes `number`, for the suite), not under items/oneOf/anyOf/allOf/not/if/then/else/$ref. Clients drop offending tools; GW reports them.',
  R29: "M: To HTTP upstreams unknown `Mcp-Param-*` pass unchanged; GW emits R20's headers, non-ASCII re-encoded. Policy trusts mirrored headers only in versions that validate them.",
  // Envelope
  R30: 'MC: Every request: `…/protocolVersion` (string), `…/clientCapabilities` (object); missing or malformed: 400/-32602.',
  R31: 'M: `…/clientInfo` is optional: absent is served (C), malformed is refused.',
  R32: 'S: Unknown `…/logLevel`: -32602.',
  R33: 'MC: Unsupported version: 400/-32022, `data:{supported:string[],requested:string}`.',
  R34: 'MC: Needed capability undeclared: 400/-32021, `data.requiredCapabilities` an **object** (`{sampling:{}}`); 400 even after dispatch, in-stream once open.',
  R35: 'M: A modern body without `params` is malformed.',
  R36: 'MC: Ids: string or integer, never null; errors echo the id unless unreadable.',
  R37: 'S: Results carry `_meta["…/serverInfo"]` (bridged: from `initialize`). Neither it nor clientInfo decides security.',
  R38: 'G: `traceparent`, `tracestate`, `baggage` (never to another tenant) and unknown keys survive; per-hop keys are stripped.',
  // Methods, status, errors
  R40: 'MC: Methods: `server/discover`, `tools/list|call`, `prompts/list|get`, `resources/list|templates/list|read`, `completion/complete`, `subscriptions/listen`, extensions. Anything else: HTTP 404 **with** -32601.',
  R41: 'M: So too `initialize`, `ping`, `logging/setLevel`, `resources/subscribe|unsubscribe` (C) and `notifications/roots/list_changed`.',
  R42: 'MC: Method of an unadvertised capability: 404/-32601; advertised ones answer.',
  R43: "G: Own errors: -32700, -32600, -32020, -32021, -32022, envelope -32602: 400; -32601: 404; size 413; media 415; Origin 403; Host 421; authentication 401, 403. Errors from upstream ride on 200, except -32021 → 400; upstream's -32020 and -32022 stay in-band; its -32021 is translated: it describes the other hop's envelope.",
  R44: 'M: Never on modern: -32002, -32042, undefined codes in -32020…-32099. Own codes lie outside -32768…-32000; avoid -32000…-32019.',
  R45: 'MC: Resource not found: -32602 with `data.uri` (S); legacy -32002 is translated.',
  R46: 'M: Upstream failures with a known id have a JSON-RPC body (-32603), else modern clients fall back to `initialize`.',
  // Results and caching
  R50: "M: `resultType`: `complete`, `input_required`, or a declared extension's (`task`); added towards modern, stripped towards legacy.",
  R51: 'MC: `ttlMs` (integer ≥ 0) and `cacheScope` (`public|private`) on complete results of `server/discover`, `tools/list`, `prompts/list`, `resources/list`, `resources/templates/list`, `resources/read`; bridged: 0, `private`.',
  R52: 'M: No hints on `input_required`; results of retries with `inputResponses` or `requestState` never cached; key: method and affecting params (uri, cursor); `private` never crosses authorization contexts.',
  R53: 'M: All pages of a list share one `cacheScope`.',
  R54: 'S: `tools/list`: deterministic order (C); M never varies by connection, may by authorization.',
  R55: 'G: Filtering a list per principal turns `public` into `private`.',
  R56: 'M: Modern `structuredContent` is any JSON, `outputSchema` any 2020-12 schema; legacy wants objects. Network `$ref` never fetched; depth and size bounded.',
  // Streaming, cancellation
  R60: "MC: One JSON object, or SSE ending with the response; before it only that request's notifications, never a request.",
  R61: 'G: JSON unless a notification comes first, then SSE; listen always SSE.',
  R62: 'S: SSE: `X-Accel-Buffering: no`, no caching, comment keep-alive 15 s; no `id:`, no replay.',
  R63: 'M: Disconnect before the final message cancels: stop, send nothing, `notifications/cancelled {requestId}` to stdio or abort the upstream POST. Test: kill the socket mid-call; within 100 ms the child sees it and the pending entry is gone.',
  R64: 'M: Server-side `notifications/cancelled` only to end a `subscriptions/listen`.',
  R65: 'S: Timeout per request and an absolute maximum; progress resets only the first.',
  R66: 'M: Broken response stream: the client re-issues with a new id; GW never replays.',
  R67: 'M: Ids are unique per sender only (two clients may use 1): remap.',
  // MRTR
  R70: 'MC: `input_required` only for `tools/call`, `prompts/get`, `resources/read`.',
  R71: 'M: `inputRequests` and/or `requestState`; values are `elicitation/create`, `sampling/createMessage`, `roots/list` objects (method, params; no id, no jsonrpc); keys unique.',
  R72: 'MC: No kind, elicitation mode or sampling `tools` that *this* request did not declare; `elicitation:{}` means form.',
  R73: 'M: A retry: new id, same params plus `inputResponses`, `requestState` byte-exact if given.',
  R74: 'SC: Missing or unknown keys → ask again; extra keys ignored; malformed → error.',
  R75: 'M: `requestState` is attacker-controlled: integrity-protected, failures -32602 (C); S bound to principal, method, argument digest, short expiry; single use needs a record at GW.',
  R76: 'G: Modern→modern: `inputRequests`, `requestState`, `inputResponses` verbatim; declared capabilities exactly as received.',
  R77: 'G: If GW injects a shared credential it seals `requestState` again {principal, server, upstream state}.',
  // Subscriptions
  R80: 'M: `subscriptions/listen` takes `notifications:{toolsListChanged?,promptsListChanged?,resourcesListChanged?,resourceSubscriptions?:string[]}`; the answer is SSE.',
  R81: 'MC: First message: `notifications/subscriptions/acknowledged` with the honoured subset.',
  R82: `MC: Each notification carries \`_meta["…/subscriptionId"]\`: the client's own request id in its JSON type, rewritten after remapping.`,
  R83: 'MC: Only requested types; never progress or log messages.',
  R84: 'S: Server-side end: empty result (`complete`, subscriptionId), then close. Client close unsubscribes; no state survives. After an upstream restart GW listens again.',
  R85: 'S: Advertise `listChanged`, `subscribe` only if deliverable; then listen never answers -32601 (C). Streams capped per principal; beyond: -32603 before any acknowledgement.',
  // Logging, progress
  R90: 'M: No `notifications/message` for a request without `logLevel` (C); else on its stream only.',
  R91: 'M: `progressToken`: remapped up, restored down in its JSON type; values rise, none after the response.',
  R92: 'G: Logs on a multiplexed pipe reach the one call in flight that asked for logs; if none or several did, dropped, never broadcast.',
  // Tasks extension (optional)
  R95: 'M: `resultType:"task"` only if this request declared `…/tasks`; `Task{taskId,status,ttlMs,pollIntervalMs,…}`; `tasks/get`, `tasks/update` (inputResponses), `tasks/cancel` (cooperative); `tasks/result`, `tasks/list` → -32601. Readable before the handle is returned; unguessable ids; authorized at each call; undeclared callers → -32021.',
  R96: 'G: Passed through if both ends speak it, routed by a stored taskId→process record. Never mixed with 2025-11-25 tasks: strip `capabilities.tasks` and `execution.taskSupport` towards modern.',
  // Legacy Streamable HTTP
  R100: "M: Negotiated version: the client's if supported, else the newest legacy one.",
  R101: "S: `Mcp-Session-Id` (visible ASCII, 256 random bits) comes with the InitializeResult; later requests without it 400; unknown, ended or another principal's 404.",
  R102: 'S: DELETE → 2xx, afterwards 404 (C). Most clients never send it: reap idle sessions.',
  R103: 'M: Invalid `MCP-Protocol-Version` → 400; absent: the negotiated version, else 2025-03-26; `initialize` does not need it.',
  R104: 'M: POST of only notifications or responses: 202, empty; with requests: JSON or SSE.',
  R105: 'M: GET accepting `text/event-stream`: SSE or 405. Each message goes to exactly one stream; responses on GET only when resuming.',
  R106: 'M: Disconnect does **not** cancel (contrast R63); `notifications/cancelled` does; `initialize` cannot be cancelled.',
  R107: 'S: Event ids name their stream; GET with `Last-Event-ID` replays and continues only that one. Priming event (id, empty data) and `retry:` only from 2025-11-25. Store bounded in count, bytes, age. C (unscored)',
  R108: 'M: 2025-03-26 only: arrays are split, dispatched singly, answered on one SSE stream or as an array; all notifications: 202. Later revisions: 400/-32600. Never an array to stdio: TS v1 and Python 2.3.0 servers silently ignore it (measured).',
  R109: 'M: `ping` answered promptly both ways; by GW during hibernation.',
  R110: "G: Uncorrelated upstream messages go to the session's newest open POST stream, else its GET stream, else a bounded buffer for the next stream.",
  R111: 'G: Floors: audio ≥ 2025-03-26; elicitation, structuredContent, outputSchema, resource_link, title, `_meta` on types ≥ 2025-06-18; icons, url elicitation, sampling tools, tasks ≥ 2025-11-25.',
  // HTTP+SSE (2024-11-05)
  R120: 'M: `GET /servers/{name}/sse`: first event `endpoint`, a same-origin URI with the session; POSTs there get 202; server messages are `message` events; closing ends the session. Origin checked; no session or version header.',
  R121: 'S: Clients try POST, see 400/404/405, then GET: without session that is 405, never HTML.',
  // stdio to the child
  R130: 'M: Newline-delimited UTF-8 JSON without embedded newlines; non-JSON stdout lines are dropped and logged.',
  R131: 'G: Byte splitter; line cap 4 MB, then restart, cause `protocol`; `drain` honoured.',
  R132: 'G: Any message may precede the initialize response (server-everything sends `list_changed` first).',
  R133: 'G: Lists may change right after `initialized` (everything: 13 → 16 tools, four `list_changed`): coalesce, list again.',
  R134: 'M: Modern stdio: GW never writes responses. Legacy: it answers `ping`, `roots/list`, sampling, elicitation, or -32601; no push stays unanswered.',
  R135: "S: Stop: SIGTERM to the group, wait, SIGKILL (closing stdin, the spec's first step, does not exist with FIFOs). Unexpected exit: restart, in-flight calls -32603, listen and subscribe again.",
  R136: 'G: Python runs unbuffered (`-u`, or a declared `PYTHONUNBUFFERED=1`); stderr goes to the logs, never to clients.',
  R137: 'G: Known secret values are redacted from stderr and log text before storage.',
  // Authorization
  R140: 'M: GW is OAuth resource server; `/mcp`, `/hub/mcp` and each `/servers/{name}/mcp` are resources of their own.',
  R141: 'M: Metadata at `/.well-known/oauth-protected-resource/servers/{name}/mcp` (and the root form): `resource` = exact URL without trailing slash, `authorization_servers` ≥ 1, `scopes_supported`.',
  R142: 'M: No, invalid or expired token: 401, `WWW-Authenticate: Bearer resource_metadata="…"` (S `scope`). Scope missing: 403 `error="insufficient_scope"`, `scope` listing all that is needed, `resource_metadata`.',
  R143: "M: Check signature (or introspect), expiry, audience = this endpoint (RFC 8707): a sibling server's token fails. Only in `Authorization`, on every request, never in the query.",
  R144: "M: The client's token never reaches the server: strip `Authorization`, cookies, GW headers; upstream credentials are separate.",
  R145: 'M: Authenticate before classification, parsing and process start; 401, 403, 5xx are never era evidence.',
  R146: 'M: If GW is also authorization server: OAuth 2.1, PKCE S256 in `code_challenge_methods_supported`, RFC 8414 or OIDC metadata, exact redirects, `iss` and `authorization_response_iss_parameter_supported`, client-id metadata documents (S) behind SSRF guards, DCR only as fallback, refresh rotation for public clients, audience per `resource`.',
  R147: 'M: `offline_access` neither in metadata nor in challenges.',
  R148: 'G: Static tokens (`hvm_…`) obey R143 through `mcp:call:{server}`.',
  // Security, limits
  R150: 'M: Disallowed `Origin`: 403, every method and era, before session lookup.',
  R151: 'GC: Foreign `Host`: 421. (Suite, loopback URLs only: foreign Host and Origin 4xx, `localhost[:port]` 2xx.)',
  R152: 'S: Loopback bind unless configured.',
  R153: 'G: CORS exposes `Mcp-Session-Id`, `WWW-Authenticate`; allows `authorization, content-type, accept, mcp-protocol-version, mcp-method, mcp-name, mcp-session-id, last-event-id`. (Browsers skip `Mcp-Param-*`.)',
  R154: 'G: Limits per principal and server: sessions, processes, parks, listen streams, calls in flight, queue.',
  R155: 'S: Per-server endpoints keep tool names untouched; only `/hub/mcp` prefixes (the suite wants ≤ 128 characters of `[A-Za-z0-9_.-]`).',
}

/** What users of other gateways complained about; what ours must show instead. */
export const COMPLAINTS: Readonly<Record<string, string>> = {
  'K-1':
    'Thousands of leaked processes. A server ends with everything it started; what a dead daemon left is adopted or reaped.',
  'K-2':
    'One call starts a hundred processes. A start is shared by all who wait, processes have a cap, the queue is bounded.',
  'K-3': 'Processes outlive the session or the daemon that knew them. The ledger owns them; idle ones end.',
  'K-4':
    'One process for each consumer, or all consumers one after the other. The server says how many it wants.',
  'K-5':
    'A failed start is never tried again, or nobody sees that it is. Attempt, next try and cause are shown.',
  'K-6': 'The first failed health check kills. There is a threshold, and an answer forgives.',
  'K-7': 'The status lies. It follows from what was seen, at once.',
  'K-8': 'The health check initializes the server again and breaks it. It asks within the session.',
  'K-9':
    '"Session not found" for ever after a restart. Sessions outlive the server’s process and the daemon.',
  'K-10': 'Nothing comes back after a restart of the host. What should run is stored, and started at boot.',
  'K-12': 'Why a deployment failed stays hidden. Exit code and last words reach who deployed, and are kept.',
  'K-14':
    'Limits are found out by being killed. Each server has its own, and lack of memory is told as that.',
  'K-15': 'There is no way back. Versions are kept by their content, and the one before is a command away.',
  'K-16': 'An install eats the host. It has a control group of its own, with limits.',
  'K-21':
    'A call ends after 60 s although it reports progress. Progress extends its deadline, up to a ceiling.',
  'K-24': 'One print() breaks the server. Lines that are no protocol go to the log, and it goes on.',
  'K-26':
    'stdio servers are thought unfit for many clients. Calls share a process, a pool has several, idle ones end.',
  'K-28':
    'The disk fills with leftovers. A clean-up lists what nothing refers to, says why, and removes just that.',
  'K-30':
    'Nobody bridges the new revision to the servers that there are. A question of an old server reaches a new client.',
}

/** Cited by no test, and why. Whoever builds it takes its id out of here and proves it. */
export const NOT_YET: Readonly<Record<string, string>> = {
  R9: 'no setting turns the older revisions off',
  R53: 'pages of a list have the hints that the server gives each of them; none is compared with another',
  R77: 'the gateway injects no shared credential into calls',
  R146: 'the platform is no authorization server',
}
