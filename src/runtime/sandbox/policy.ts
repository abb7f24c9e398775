/** What a sandbox may do, as data, and the checks that hold whoever made it. */
import { describeRefusedValue, describeUnusableVariable } from '../../domain/environment-variable.ts'
import { AppError } from '../../domain/error.ts'
import type { Secret } from '../../domain/secret.ts'
import type { SecretDelivery } from '../../domain/secret-declaration.ts'
import type { ResourceLimits } from '../../domain/server.ts'
import type { Volume } from './disk/volume.ts'

export type Bind = {
  /** Absolute path on the host. */
  readonly source: string
  /** Absolute path inside. */
  readonly target: string
  readonly writable: boolean
  /** An ext4 image that the launcher mounts; else a file or directory that it binds. */
  readonly image?: boolean
}

/** Reaches the sandbox through descriptors alone: no argument, no file on a disk. */
export type PolicySecret = {
  readonly name: string
  readonly value: Secret
  readonly as: SecretDelivery
}

export type SandboxPolicy = {
  /** A host uid for it alone (the daemon is root), or null: the daemon's own uid, behind a user namespace. */
  readonly uid: number | null
  /** As inside: the program's absolute path, then its arguments. */
  readonly command: readonly string[]
  /** All of it but for secrets: nothing is added. */
  readonly environment: Readonly<Record<string, string>>
  /** A server's alone. Absent for jobs. */
  readonly secrets?: readonly PolicySecret[]
  /** At least /app and /data. */
  readonly binds: readonly Bind[]
  readonly limits: ResourceLimits
  readonly tmpBytes: number
  readonly openFiles: number
  /** The largest file that one process may write. */
  readonly fileBytes: number
  /** What holds /data to its limit; counted means every writable bind. Null for trials, which keep nothing. */
  readonly volume: Volume | null
  /** Jobs and probes end with the daemon; servers do not. */
  readonly diesWithDaemon: boolean
}

const MAX_ENVIRONMENT_BYTES = 128 * 1024
const MAX_ARGUMENT_BYTES = 128 * 1024

/**
 * Throws AppError `invalid_config`. NUL ends an argument in bubblewrap's `--args`: as part of a value it would
 * add options of the server's own choice. A newline in the environment is refused with it.
 */
export function assertPolicy(policy: SandboxPolicy): void {
  if (policy.uid !== null && (!Number.isInteger(policy.uid) || policy.uid < 1000)) {
    throw new TypeError(`a sandbox never runs as host uid ${policy.uid}`)
  }
  for (const argument of policy.command) {
    if (argument.includes('\0')) refuse('command', 'holds a NUL byte')
  }
  if (!policy.command[0]?.startsWith('/')) throw new TypeError('command[0] must be an absolute path')
  if (sizeOf(policy.command) > MAX_ARGUMENT_BYTES) refuse('command', 'is longer than 128 KiB')
  for (const [name, value] of Object.entries(policy.environment)) {
    const unusable = describeUnusableVariable(name)
    if (unusable !== null) refuse(`environment name ${JSON.stringify(name)}`, unusable)
    const wrong = describeRefusedValue(value)
    if (wrong !== null) refuse(`environment value of ${name}`, wrong)
  }
  const secrets = policy.secrets ?? []
  const variables = secrets.filter((secret) => secret.as === 'environment')
  for (const { name } of secrets) {
    const unusable = describeUnusableVariable(name)
    if (unusable !== null) refuse(`secret's name ${JSON.stringify(name)}`, unusable)
  }
  for (const { name, value } of variables) {
    const wrong = describeRefusedValue(value.reveal())
    if (wrong !== null) refuse(`secret ${name}, which is to be a variable,`, wrong)
  }
  const texts = [
    ...Object.entries(policy.environment).flat(),
    ...variables.flatMap(({ name, value }) => [name, value.reveal()]),
  ]
  if (sizeOf(texts) > MAX_ENVIRONMENT_BYTES) refuse('environment', 'is longer than 128 KiB')
  for (const { source, target } of policy.binds) {
    if (!isPlainPath(source) || !isPlainPath(target)) {
      throw new TypeError(`not an absolute, normal path: ${JSON.stringify([source, target])}`)
    }
  }
}

function isPlainPath(path: string): boolean {
  return /^(?:\/[^/\0\n]+)+$/.test(path) && !path.split('/').some((part) => part === '.' || part === '..')
}

function sizeOf(texts: readonly string[]): number {
  return texts.reduce((sum, text) => sum + Buffer.byteLength(text) + 1, 0)
}

function refuse(what: string, why: string): never {
  throw new AppError('invalid_config', `The ${what} ${why}.`)
}
