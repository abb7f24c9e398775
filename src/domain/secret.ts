import { inspect } from 'node:util'

/** A value that redacts itself wherever it is printed; only `.reveal…()` gives it, and that word can be searched for. */
export class Secret {
  readonly #value: string | Uint8Array

  constructor(value: string | Uint8Array) {
    this.#value = value
  }

  reveal(): string {
    return typeof this.#value === 'string' ? this.#value : Buffer.from(this.#value).toString('utf8')
  }

  /** As it was given: a secret file may hold what is no text. */
  revealBytes(): Buffer {
    return Buffer.from(this.#value as string)
  }

  toString(): string {
    return '[redacted]'
  }

  toJSON(): string {
    return '[redacted]'
  }

  [inspect.custom](): string {
    return '[redacted]'
  }
}
