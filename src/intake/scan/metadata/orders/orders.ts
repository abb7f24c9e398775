/** Sentences that order a model about instead of telling what a tool does: one file a rule, listed once. */
import { keepFromUser } from './keep-from-user.ts'
import { ordersInOtherLanguage } from './orders-in-other-language.ts'
import { ordersOtherTools } from './orders-other-tools.ts'
import { override } from './override.ts'
import { runsCode } from './runs-code.ts'
import { sendsAway } from './sends-away.ts'
import { skipsConsent } from './skips-consent.ts'
import { steersAnswers } from './steers-answers.ts'
import { takesConversation } from './takes-conversation.ts'
import { takesSecrets } from './takes-secrets.ts'
import type { Order } from './words.ts'

export const ORDERS: readonly Order[] = [
  keepFromUser,
  override,
  ordersOtherTools,
  takesSecrets,
  takesConversation,
  sendsAway,
  skipsConsent,
  runsCode,
  steersAnswers,
  ordersInOtherLanguage,
]
