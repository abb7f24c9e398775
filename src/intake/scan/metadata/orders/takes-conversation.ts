import { TAKE, WHOLE, TALK, gap, build, type Order } from './words.ts'

export const takesConversation: Order = {
  ruleId: 'metadata.takes_conversation',
  severity: 'high',
  confidence: 'high',
  reason: 'It asks for the conversation, the system prompt or the model’s own context.',
  patterns: [
    build(
      `\\b(?:${TAKE}|containing|contains|with|holds|holding|must be|should be|summary of|record|log|save|store|translate|summari[sz]e|repeat|reproduce|output|write)\\b`,
      gap(40),
      `\\b${WHOLE} (?:\\w+ ){0,2}${TALK}\\b`,
    ),
    build(`^(?:the |your |a |verbatim |copy of )*${WHOLE} (?:\\w+ ){0,2}${TALK}\\b`),
    build(
      `\\b(?:${TAKE}|reveal|repeat|output|state|quote|reproduce|write out)\\b`,
      gap(30),
      `\\b(?:your|the) (?:system prompt|system message|initial instructions|hidden instructions|developer message|instructions verbatim|internal instructions)\\b`,
    ),
    build(
      `^(?:full |entire |complete |whole |raw |my |your |the |user |all )*(?:system prompt|chat history|conversation|conversation history|conversation log|conversation so far|conversation context|chat context|chat log|chat transcript|message history|full context|prompt history|previous messages|all messages|session transcript|model context|context window|system instructions|system message|chain of thought|hidden context|full chat|user secrets|ssh key|private key contents?)$`,
    ),
    build(
      `\\b(?:everything|all) (?:that )?(?:the user|you|they) (?:have |has )?(?:said|wrote|written|told|typed|shared|discussed|been told|know about)`,
    ),
    build(
      `\\ball (?:previous |prior |earlier |past )?(?:user )?(?:messages|prompts) (?:so far|in this|from this|up to)`,
    ),
    build(
      `\\b(?:whatever|everything|anything|all|what)\\b (?:that )?(?:the |your )?(?:user|human|person)s? (?:has |have |had )?(?:ever )?(?:said|asked|talked|typed|wrote|written|told|mentioned|discussed)\\b`,
      gap(30),
      `\\b(?:earlier|so far|before|word for word|verbatim|until now|up to now|previously|in this session|in (?:the|this) chat)`,
    ),
    build(
      `\\b(?:your|the model's|the assistant's) (?:entire|full|whole|complete|own|hidden|raw|initial) (?:\\w+ )?(?:prompts?|instructions?|memory|context)\\b`,
    ),
  ],
}
