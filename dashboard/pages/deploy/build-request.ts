/** What somebody filled in, as the platform takes it. */
import type { Variable } from '../../lib/dot-env.ts'

export type Size = 'learned' | 's' | 'm' | 'l' | 'own'

export type Form = {
  readonly name: string
  readonly command: string
  readonly variables: readonly Variable[]
  readonly size: Size
  readonly memoryMb: string
  readonly cpuPercent: string
  readonly network: 'archive' | 'none' | 'list'
  readonly places: string
  readonly isStarted: boolean
}

export const EMPTY_FORM: Form = {
  name: '',
  command: '',
  variables: [],
  size: 'learned',
  memoryMb: '256',
  cpuPercent: '100',
  network: 'archive',
  places: '',
  isStarted: true,
}

const SIZES: Readonly<Record<Exclude<Size, 'learned' | 'own'>, readonly [memoryMb: number, cpu: number]>> = {
  s: [128, 50],
  m: [256, 100],
  l: [1024, 200],
}

type DeployRequest = {
  readonly config: Readonly<Record<string, unknown>>
  readonly secrets: readonly { readonly name: string; readonly value: string }[]
}

export function linesOf(text: string): readonly string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
}

/** Only what was chosen: all else is the archive's to say. */
export function buildRequest(form: Form): DeployRequest {
  const variables = form.variables.filter(({ name }) => name !== '')
  const plain = variables.filter(({ isSecret }) => !isSecret)
  // An argument may be spaces alone: only empty lines are left out.
  const command = form.command.split('\n').filter((line) => line !== '')
  const places = linesOf(form.places)
  const [memory, cpu] =
    form.size === 'learned'
      ? [null, null]
      : form.size === 'own'
        ? [Number(form.memoryMb), Number(form.cpuPercent)]
        : SIZES[form.size]
  return {
    config: {
      ...(form.name === '' ? {} : { name: form.name }),
      ...(command.length === 0 ? {} : { command }),
      ...(plain.length === 0
        ? {}
        : { environment: Object.fromEntries(plain.map(({ name, value }) => [name, value])) }),
      ...(memory === null ? {} : { resource_limits: { memory_mb: memory, cpu_percent: cpu } }),
      ...(form.network === 'archive'
        ? {}
        : form.network === 'none'
          ? { allowed_network: false, egress: [] }
          : { allowed_network: true, egress: places }),
    },
    secrets: variables.filter(({ isSecret }) => isSecret).map(({ name, value }) => ({ name, value })),
  }
}
