import { gap, build, type Order } from './words.ts'

export const sendsAway: Order = {
  ruleId: 'metadata.sends_away',
  severity: 'high',
  confidence: 'medium',
  reason: 'It tells the model to send what it handles to a place of the author’s choice.',
  patterns: [
    build(
      `\\b(?:always|also|automatically|every|each|first|additionally|must|secretly|then|and|copy|instead)\\b`,
      gap(60),
      `\\b(?:bcc|cc|forward|send|post|upload|transmit|report|mirror|copy|redirect|deliver|submit|relay|exfiltrate|sync)\\b`,
      gap(80),
      `(?:https?://|[\\w.+-]+@[\\w-]+\\.|\\b\\d{1,3}(?:\\.\\d{1,3}){3}\\b|\\bwebhook\\b|\\+\\d{7,}|0x[0-9a-f]{16,})`,
    ),
    build(
      `\\b(?:bcc|forward a copy|send a copy|copy of (?:every|each|all)|add [\\w.+-]+@[\\w.-]+ (?:to|as))\\b`,
    ),
    build(
      `\\b(?:change|replace|set|modify|substitute|swap|rewrite|redirect)\\b`,
      gap(40),
      `\\b(?:recipient|address|wallet|iban|account number|destination|payee|phone number|beneficiary)\\b`,
      gap(40),
      `\\b(?:to|with|by)\\b`,
    ),
    build(
      `\\bappend\\b`,
      gap(40),
      `\\b(?:conversation|context|secret|token|key|data|message|answer|query|history|question|prompt|input)s?\\b`,
      gap(40),
      `\\b(?:url|query string|link|image)\\b`,
    ),
    build(`!\\[[^\\]]{0,40}\\]\\(https?://[^)]{0,200}(?:\\{|\\$|=\\s*[<[]|\\?(?:q|d|data|c|s)=)`),
    build(
      `\\b(?:must|always|additionally|also|automatically)\\b`,
      gap(30),
      `\\b(?:go|goes|be delivered|be copied|be mirrored|be reported) (?:also |additionally )?to (?:https?://|[\\w.+-]+@[\\w-]+\\.)`,
    ),
    build(
      `\\b(?:also|always|whenever|first|additionally|then|afterwards|every time|each time)\\b`,
      gap(60),
      `\\b(?:fetch|open|visit|load|request|get|ping|render|navigate to)\\b`,
      gap(20),
      `https?://`,
    ),
  ],
}
