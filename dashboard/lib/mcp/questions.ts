/** What a server asks while it works (`input_required`), and the answers that its request is repeated with. */
import {
  isObject,
  isSchema,
  own,
  textOf,
  type Json,
  type Schema,
  type SchemaObject,
} from '../schema-form/schema.ts'

export type Question =
  | { readonly kind: 'form'; readonly key: string; readonly message: string; readonly schema: Schema }
  | { readonly kind: 'url'; readonly key: string; readonly message: string; readonly url: string }
  /** Nothing that was declared, so nothing that this page can answer. */
  | { readonly kind: 'unknown'; readonly key: string; readonly message: string; readonly value: Json }

export type Answer =
  | { readonly action: 'accept'; readonly content?: SchemaObject }
  | { readonly action: 'decline' | 'cancel' }
export type Answers = Readonly<Record<string, Answer>>

/** What is asked of people; a model or folders of theirs this page does not have. */
export const ASKABLE: SchemaObject = { elicitation: { form: {}, url: {} } }

export function isInputRequired(result: SchemaObject): boolean {
  return own(result, 'resultType') === 'input_required'
}

export function readQuestions(result: SchemaObject): readonly Question[] {
  const requests = own(result, 'inputRequests')
  if (!isObject(requests)) return []
  return Object.entries(requests).map(([key, request]) => readQuestion(key, request))
}

function readQuestion(key: string, request: Json): Question {
  const params = isObject(request) ? own(request, 'params') : undefined
  const unknown: Question = { kind: 'unknown', key, message: '', value: request }
  if (!isObject(request) || textOf(request, 'method') !== 'elicitation/create' || !isObject(params))
    return unknown
  const message = textOf(params, 'message') ?? ''
  const url = textOf(params, 'url')
  if (textOf(params, 'mode') === 'url') {
    return url !== null && isWebAddress(url) ? { kind: 'url', key, message, url } : unknown
  }
  const schema = own(params, 'requestedSchema')
  return isSchema(schema) ? { kind: 'form', key, message, schema } : unknown
}

/** Nothing else is opened at a server's word. */
function isWebAddress(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)
}

/** The same request again, with what was answered; `requestState` exactly as it came. */
export function buildRetry(params: SchemaObject, result: SchemaObject, answers: Answers): SchemaObject {
  const state = own(result, 'requestState')
  return {
    ...params,
    inputResponses: answers as unknown as Json,
    ...(state === undefined ? {} : { requestState: state }),
  }
}
