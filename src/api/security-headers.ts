/** What browsers are told with every answer. No CORS header, so no other site's page gets anything of it. */
import type { Peer } from '../domain/peer.ts'

const NOTHING = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

/** Powers that no page of ours asks for. */
const POWERS = [
  'accelerometer',
  'ambient-light-sensor',
  'autoplay',
  'bluetooth',
  'camera',
  'display-capture',
  'encrypted-media',
  'fullscreen',
  'gamepad',
  'geolocation',
  'gyroscope',
  'hid',
  'idle-detection',
  'local-fonts',
  'magnetometer',
  'microphone',
  'midi',
  'payment',
  'picture-in-picture',
  'publickey-credentials-create',
  'publickey-credentials-get',
  'screen-wake-lock',
  'serial',
  'usb',
  'web-share',
  'xr-spatial-tracking',
]

const HEADERS: Readonly<Record<string, string>> = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': POWERS.map((power) => `${power}=()`).join(', '),
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
}
const YEAR_SECONDS = 31_536_000

export function addSecurityHeaders(response: Response, { isSecure }: Peer): void {
  const { headers } = response
  for (const [name, value] of Object.entries(HEADERS)) headers.set(name, value)
  // Only a page of ours brings its own; whatever else is opened in a tab may do nothing.
  if (!headers.has('content-security-policy')) headers.set('content-security-policy', NOTHING)
  if (isSecure) headers.set('strict-transport-security', `max-age=${YEAR_SECONDS}`)
  if (!headers.has('cache-control')) headers.set('cache-control', 'no-store')
}

/** A page: its own scripts, its own styles and those that carry the nonce, which no other answer has. */
export function buildHtmlResponse(html: string, nonce: string, status = 200): Response {
  const policy = [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data:",
    "connect-src 'self'",
    "font-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
  ]
  return new Response(html, {
    status,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': policy.join('; '),
    },
  })
}
