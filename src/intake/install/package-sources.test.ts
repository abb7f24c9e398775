import { describe, expect, it } from 'vitest'
import { parseNpmSources } from './npm-sources.ts'
import { renderNpmSources, renderPipSources } from './package-sources.ts'
import { parsePipSources } from './pip-sources.ts'
import { FILE_HOSTS, PUBLIC_NPM_REGISTRY, PUBLIC_PYTHON_INDEX } from './public-sources.ts'

const CA = { path: '/etc/ssl/certs/ca-certificates.crt', missing: null }

describe('npm', () => {
  it('is the public registry by default', () => {
    expect(renderNpmSources(parseNpmSources({}, []), CA)).toEqual({
      arguments: [`--registry=${PUBLIC_NPM_REGISTRY}`, '--cafile=/etc/ssl/certs/ca-certificates.crt'],
      environment: { NODE_EXTRA_CA_CERTS: '/etc/ssl/certs/ca-certificates.crt' },
      binds: [],
      reach: [{ host: new URL(PUBLIC_NPM_REGISTRY).hostname, port: 443 }],
      credentialHosts: [],
      notices: [],
    })
  })

  it('follows files and variables, the stronger first, and hands on no credential', () => {
    const user = [
      'registry=https://user:secret@npm.example:8443/repo/',
      '@acme:registry = http://acme.example/',
      '//acme.example/:_authToken=${TOKEN}',
      'fetch-timeout=5000',
      'cafile=/opt/ca.pem',
    ].join('\n')
    const sources = parseNpmSources({ TOKEN: 'hush', npm_config_fetch_retries: '5' }, [
      user,
      'registry=https://weak.example/',
    ])
    const rendered = renderNpmSources(sources, { path: '/opt/ca.pem', missing: null })
    expect(rendered).toEqual({
      arguments: [
        '--registry=https://npm.example:8443/repo/',
        '--@acme:registry=http://acme.example/',
        '--fetch-timeout=5000',
        '--fetch-retries=5',
        '--cafile=/opt/ca.pem',
      ],
      environment: { NODE_EXTRA_CA_CERTS: '/opt/ca.pem' },
      binds: [{ source: '/opt/ca.pem', target: '/opt/ca.pem', writable: false }],
      reach: [
        { host: 'npm.example', port: 8443 },
        { host: 'acme.example', port: 80 },
      ],
      credentialHosts: ['acme.example', 'npm.example'],
      notices: [],
    })
    expect(JSON.stringify(rendered)).not.toMatch(/secret|hush/)
  })
})

describe('pip and uv', () => {
  it('is the public index by default, with the host of its files', () => {
    const index = new URL(PUBLIC_PYTHON_INDEX).hostname
    expect(renderPipSources(parsePipSources({}, []), CA, [])).toEqual({
      arguments: [],
      environment: {
        PIP_CONFIG_FILE: '/dev/null',
        PIP_INDEX_URL: PUBLIC_PYTHON_INDEX,
        UV_DEFAULT_INDEX: PUBLIC_PYTHON_INDEX,
        PIP_CERT: '/etc/ssl/certs/ca-certificates.crt',
        SSL_CERT_FILE: '/etc/ssl/certs/ca-certificates.crt',
      },
      binds: [],
      reach: [
        { host: index, port: 443 },
        { host: FILE_HOSTS[index], port: 443 },
      ],
      credentialHosts: [],
      notices: [],
    })
  })

  it('follows files and variables, and binds local directories', () => {
    const file = [
      '[global]',
      'index-url = https://me:pw@py.example/simple',
      'extra-index-url =',
      '    http://10.0.0.5:3141/a',
      '    https://b.example/simple',
      'timeout = 30',
      '[install]',
      'find-links = /srv/wheels /srv/gone',
      'trusted-host = 10.0.0.5',
    ].join('\n')
    const rendered = renderPipSources(
      parsePipSources({ PIP_DEFAULT_TIMEOUT: '' }, [file]),
      { path: null, missing: '/x.pem' },
      ['/srv/gone'],
    )
    expect(rendered).toEqual({
      arguments: [],
      environment: {
        PIP_CONFIG_FILE: '/dev/null',
        PIP_INDEX_URL: 'https://py.example/simple',
        UV_DEFAULT_INDEX: 'https://py.example/simple',
        PIP_EXTRA_INDEX_URL: 'http://10.0.0.5:3141/a https://b.example/simple',
        UV_INDEX: 'http://10.0.0.5:3141/a https://b.example/simple',
        PIP_FIND_LINKS: '/srv/wheels',
        UV_FIND_LINKS: '/srv/wheels',
        PIP_TRUSTED_HOST: '10.0.0.5',
        PIP_DEFAULT_TIMEOUT: '30',
      },
      binds: [{ source: '/srv/wheels', target: '/srv/wheels', writable: false }],
      reach: [
        { host: 'py.example', port: 443 },
        { host: '10.0.0.5', port: 3141 },
        { host: 'b.example', port: 443 },
      ],
      credentialHosts: ['py.example'],
      notices: [
        'The package directory /srv/gone of the pip configuration does not exist; it was left out',
        "The configured CA file /x.pem does not exist; the system's is used",
      ],
    })
    expect(JSON.stringify(rendered)).not.toContain('pw@')
  })

  it('can be local directories only', () => {
    const sources = parsePipSources({ PIP_NO_INDEX: '1', PIP_FIND_LINKS: 'file:///srv/wheels' }, [])
    expect(renderPipSources(sources, { path: null, missing: null }, [])).toMatchObject({
      environment: { PIP_NO_INDEX: '1', PIP_FIND_LINKS: 'file:///srv/wheels' },
      binds: [{ source: '/srv/wheels', target: '/srv/wheels', writable: false }],
      reach: [],
    })
  })

  it('takes uv’s index before pip’s', () => {
    const { environment } = renderPipSources(
      parsePipSources(
        { UV_DEFAULT_INDEX: 'https://uv.example/s', PIP_INDEX_URL: 'https://pip.example/s' },
        [],
      ),
      { path: null, missing: null },
      [],
    )
    expect(environment['PIP_INDEX_URL']).toBe('https://uv.example/s')
  })
})
