/** Where a sandbox with egress finds its proxy: on its own loopback, the same in every one. */
export const PROXY_HOST = '127.0.0.1'
export const PROXY_PORT = 3128

/** For tools of every kind; Node's own fetch looks at them only when NODE_USE_ENV_PROXY is set. */
export function buildProxyEnvironment(): Readonly<Record<string, string>> {
  const url = `http://${PROXY_HOST}:${PROXY_PORT}`
  return {
    HTTP_PROXY: url,
    HTTPS_PROXY: url,
    NO_PROXY: '',
    http_proxy: url,
    https_proxy: url,
    no_proxy: '',
    NODE_USE_ENV_PROXY: '1',
  }
}
