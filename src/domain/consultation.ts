import type { JsonObject } from './json.ts'

/** What a server gives to read beside its tools, as somebody asks for it. */
export type Consultation =
  /** Answered with `resources` and `templates`, all of them. */
  | { readonly kind: 'resources' }
  /** With `contents`. */
  | { readonly kind: 'resource'; readonly uri: string }
  /** With `prompts`, all of them. */
  | { readonly kind: 'prompts' }
  /** With `messages`. */
  | { readonly kind: 'prompt'; readonly name: string; readonly arguments: JsonObject }
