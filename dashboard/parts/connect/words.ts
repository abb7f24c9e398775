import type { ClientListJson, EndpointTrialJson } from '../../../src/api/schema/clients.ts'
import { plural } from '../../lib/format.ts'

type Client = ClientListJson['items'][number]

export const CONNECT_WORDS = {
  endpoint: 'Endpoint',
  reach: { loopback: 'this machine only', private: 'private network', public: 'public address' },
  choose: 'Client',
  find: 'Find a client',
  list: 'Clients',
  unusable: 'cannot work with this address',
  ways: { links: 'link', commands: 'command', files: 'file', steps: 'by hand' },
  matching: (text: string) => `clients called “${text}”`,
  emptyTitle: 'No clients are known',
  formats: (client: Client) =>
    `Formats as of ${client.checked_on}${client.documented ? '' : ', not described by the vendor'}.`,
  disabled: (title: string) => `${title} cannot connect here`,
  link: 'By a link',
  command: 'By a command',
  file: 'By its file',
  fileAt: 'into',
  steps: 'By hand',
  os: { darwin: 'macOS', linux: 'Linux' },
  copyWithToken: 'Copy with the token',
  /** In the order in which they are done. */
  token: {
    title: 'Token',
    text: {
      environment: (variable: string) => `The setup below reads it from ${variable}; it never holds it.`,
      prompt: () => 'The client asks for it when it connects, and keeps it by itself.',
      paste: () => 'This client cannot read a variable, so the token stands in its file.',
      sign_in: () => 'Not needed: the client signs in by itself.',
    },
    create: 'Create a token',
    have: 'I have one',
    haveText: (grants: readonly string[]) =>
      `It needs the ${grants.length === 1 ? 'scope' : 'scopes'} ${grants.join(', ')}.`,
    another: 'Create one after all',
    expiry: 'Valid for',
    expiries: { '30': '30 days', '90': '90 days', '365': 'a year' },
    name: (target: string) => `Client of ${target}`,
    shownOnce: 'Shown once. It is not kept here: copy it now.',
    expires: (time: string) => `Works until ${time}.`,
    done: 'I have it',
    shell: 'Into the terminal that the client starts from',
    shellText: 'It asks for the token, so that it stands in no history.',
  },
  test: {
    title: 'Test',
    text: 'The platform connects to itself as a client would, through the address above.',
    run: 'Test the endpoint',
    again: 'Test again',
    good: (version: string, tools: number) => `MCP ${version}: ${plural(tools, 'tool')}`,
    bad: (era: EndpointTrialJson['eras'][number]) => `MCP ${era.protocol_version ?? ERAS[era.era]}`,
    cli: (name: string) => `haivemind client test ${name}`,
  },
  waiting: 'Waiting for the first client…',
  waitingText: 'This page says so when one connects.',
  connected: (client: string, version: string, tools: number | null) =>
    `Connected: ${client} ${version}${tools === null ? '' : `, ${plural(tools, 'tool')}`}`,
  speaks: (version: string) => `speaks MCP ${version}`,
} as const

const ERAS = { modern: '2026-07-28', legacy: 'with a handshake' } as const
