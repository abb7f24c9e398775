/** Every secret that passed through this process, so that its own log can be kept free of them. */
import { buildRedactor, type Redactor } from './redaction.ts'
import { Secret } from './secret.ts'

export interface KnownSecrets {
  add(name: string, value: Secret): void
  mask(text: string): string
}

/** The oldest are forgotten beyond it. */
const MAX_KNOWN = 4096

export function createKnownSecrets(): KnownSecrets {
  const known = new Map<string, string>()
  let redactor: Redactor | null | undefined
  const build = () =>
    buildRedactor(
      [...known].map(([value, name]) => ({ name, value: new Secret(Buffer.from(value, 'latin1')) })),
    )
  return {
    add(name, value) {
      const key = value.revealBytes().toString('latin1')
      if (known.get(key) === name) return
      known.set(key, name)
      const [oldest] = known.keys()
      if (known.size > MAX_KNOWN && oldest !== undefined) known.delete(oldest)
      redactor = undefined
    },
    mask(text) {
      redactor ??= build()
      return redactor === null ? text : redactor.text(text)
    },
  }
}
