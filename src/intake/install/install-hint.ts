/** The usual causes, recognised in what the installer printed last. */

const CAUSES: readonly (readonly [RegExp, string])[] = [
  [
    /\bE404\b|404 Not Found - GET/,
    'There is no such package in the registry: correct its name in package.json.',
  ],
  [
    /\bETARGET\b|No matching version found/,
    'There is no such version of the package: correct the range in package.json.',
  ],
  [
    /npm ci.*can only install|\bEUSAGE\b/,
    'The lock file does not match package.json: run npm install and pack again.',
  ],
  [
    /\bE401\b|\bE403\b|401 Client Error|403 Client Error|status code 40[13]/,
    'The package source wants credentials, which installs are not given: use a mirror that needs none.',
  ],
  [/\bERESOLVE\b/, 'Dependencies contradict each other: fix them with a lock file.'],
  [
    /ENOTFOUND|ECONNREFUSED|EAI_AGAIN|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|NewConnectionError|Temporary failure in name resolution|Failed to establish a new connection|ProxyError|dns error|error sending request/,
    'The package source is out of reach; only the configured registries are allowed, and they must answer.',
  ],
  [
    /CERT_|SELF_SIGNED|CERTIFICATE_VERIFY_FAILED|unable to get local issuer/,
    'The certificate of the package source is not trusted: set cafile (npm) or cert (pip) in the operator’s configuration.',
  ],
  [
    /requires a different Python|Requires-Python/,
    'A package wants another Python version than the sandbox has.',
  ],
  [
    /from versions: none|No matching distribution found|was not found in the package registry|has no wheels|no usable wheels|building source distributions is disabled|Building source distributions/i,
    'There is no such package, or none ready-made for this system: only wheels are installed, nothing is built from source.',
  ],
  [
    /ResolutionImpossible|conflicting dependencies|No solution found/,
    'The requirements contradict each other.',
  ],
  [/ENOSPC|No space left on device/, 'The space for installing is used up.'],
]

/** @param lines the end of the log. Null when the cause is not a known one. */
export function explainInstallFailure(lines: readonly string[]): string | null {
  const text = lines.join('\n')
  return CAUSES.find(([pattern]) => pattern.test(text))?.[1] ?? null
}
