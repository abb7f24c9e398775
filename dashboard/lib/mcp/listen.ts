/** `subscriptions/listen`: one open request that carries what its filter asks for. It is made anew when it breaks. */
import { isObject, listOf, own, textOf, type SchemaObject } from '../schema-form/schema.ts'
import { ask } from './ask.ts'

export type Listening = {
  /** The server agreed to these. */
  readonly onGranted: (uris: readonly string[]) => void
  readonly onUpdated: (uri: string) => void
  readonly onListChanged: (list: 'tools' | 'prompts' | 'resources') => void
  /** Nothing comes for now. */
  readonly onBroken: () => void
}

const AGAIN_MS = 2_000
const AGAIN_AT_MOST_MS = 30_000

/** The result ends it. */
export function startListening(server: string, uris: readonly string[], told: Listening): () => void {
  const cut = new AbortController()
  let timer: ReturnType<typeof setTimeout> | null = null
  let wait = AGAIN_MS
  let isAnything = true
  const notifications = {
    resourcesListChanged: true,
    promptsListChanged: true,
    ...(uris.length === 0 ? {} : { resourceSubscriptions: uris }),
  }
  const take = (message: SchemaObject) => {
    const params = own(message, 'params')
    if (!isObject(params)) return
    const method = textOf(message, 'method') ?? ''
    if (method === 'notifications/subscriptions/acknowledged') {
      const granted = own(params, 'notifications')
      const listed = isObject(granted) ? (listOf(granted, 'resourceSubscriptions') ?? []) : []
      isAnything = listed.length > 0 || (isObject(granted) && Object.values(granted).includes(true))
      wait = AGAIN_MS
      return told.onGranted(listed.filter((uri) => typeof uri === 'string'))
    }
    const uri = textOf(params, 'uri')
    if (method === 'notifications/resources/updated' && uri !== null) return told.onUpdated(uri)
    const list = /^notifications\/(tools|prompts|resources)\/list_changed$/.exec(method)?.[1]
    if (list !== undefined) told.onListChanged(list as 'tools')
  }
  const listen = async () => {
    try {
      await ask(
        server,
        'subscriptions/listen',
        { notifications },
        {
          signal: cut.signal,
          onMessage: ({ way, message }) => way === 'received' && take(message),
        },
      )
      // There is nothing that it would ever tell.
      if (!isAnything) return
    } catch {
      // However it ended, it is tried again: the server may be between two processes.
    }
    if (cut.signal.aborted) return
    told.onBroken()
    timer = setTimeout(() => void listen(), wait)
    wait = Math.min(wait * 2, AGAIN_AT_MOST_MS)
  }
  void listen()
  return () => {
    cut.abort()
    if (timer !== null) clearTimeout(timer)
  }
}
