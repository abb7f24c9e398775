import type { Fact } from '../code/facts.ts'
import { deepHas, FROM } from '../code/value.ts'
import { CERTAIN, factsOf, LIKELY, textOf, valuesOf, type CodeRule, type Match } from './rule.ts'

const SHELL = /(?:^|[\s/'"])(?:ba|da|z|k)?sh(?:$|[\s'"])|\bcmd(?:\.exe)?\b|powershell/i
const NETWORK_DEVICE = /\/dev\/(?:tcp|udp)\//
const CONNECTED =
  /^(?:socket\.socket\(\)\.connect(?:_ex)?|socket\.create_connection|net\.(?:connect|createConnection|Socket\(\)\.connect)|tls\.connect|net\.createServer|socket\.socket\(\)\.bind|(?:ws\.)?(?:WebSocketServer|WebSocket|Server)|socket\.io\.Server|ws)$/
const PTY = /pty(?:-prebuilt-multiarch)?\.spawn$/
const NETCAT = /^sh:(?:nc|ncat|netcat|socat|telnet)$/

/** A shell whose input and output are a connection. */
export const reverseShell: CodeRule = {
  id: 'code.reverse_shell',
  reason: 'A shell is tied to a network connection: whoever is at the other end commands this machine.',
  fix: 'Remove it.',
  cwe: 'CWE-506',
  check(source) {
    const found = (fact: Fact | undefined): Match[] =>
      fact === undefined ? [] : [{ ...CERTAIN, at: fact.at }]
    const device = source.facts.find((fact) => NETWORK_DEVICE.test(textOf(fact)))
    if (device !== undefined) return found(device)
    const netcat = source.facts.find(
      (fact) =>
        NETCAT.test(fact.name) &&
        /(?:^|\s)(?:-\w*[ec]|--(?:sh-)?exec)\s+\S*(?:sh|cmd)\b|exec:\S*sh\b|\bexec:|system:/i.test(
          textOf(fact),
        ),
    )
    if (netcat !== undefined) return found(netcat)
    const fifo = source.facts.find(({ name }) => name === 'sh:mkfifo' || name === 'sh:mknod')
    if (fifo !== undefined && source.facts.some(({ name }) => NETCAT.test(name) || /^sh:openssl$/.test(name)))
      return found(fifo)
    const connection = source.facts.find(({ name }) => CONNECTED.test(name))
    if (connection === undefined) return []
    const starts = factsOf(source, 'spawn', 'shell').filter(
      (fact) => SHELL.test(textOf(fact)) || PTY.test(fact.name),
    )
    const isTied =
      source.facts.some(({ name }) => name === 'os.dup2' || PTY.test(name)) ||
      starts.some((fact) =>
        valuesOf(fact).some(
          (value) => deepHas(value, FROM.socket) || /socket|net\.|tls\./.test(value.name ?? ''),
        ),
      ) ||
      source.facts.some(({ name }) => name.endsWith('.pipe'))
    const [start] = starts
    if (start === undefined || !isTied) return []
    // A terminal in a browser is made so too.
    return /^(?:ws\b|WebSocket|Server|socket\.io)/.test(connection.name)
      ? [{ ...LIKELY, at: start.at }]
      : found(start)
  },
}
