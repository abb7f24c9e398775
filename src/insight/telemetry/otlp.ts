/** The pieces of OTLP/JSON (opentelemetry-proto 1.x): hex ids, 64-bit numbers as text. */
import { ATTRIBUTES, SERVICE } from './telemetry-names.ts'

export type OtlpAttribute = {
  readonly key: string
  readonly value: { readonly stringValue: string } | { readonly intValue: string }
}

/** Those that are null or empty are left out. */
export function buildAttributes(
  values: Readonly<Record<string, string | number | null | undefined>>,
): OtlpAttribute[] {
  return Object.entries(values).flatMap(([key, value]): OtlpAttribute[] => {
    if (value === null || value === undefined || value === '') return []
    return [{ key, value: typeof value === 'number' ? { intValue: `${value}` } : { stringValue: value } }]
  })
}

/** @param milliseconds since the epoch, with fractions */
export function renderNanoseconds(milliseconds: number): string {
  const whole = Math.floor(milliseconds)
  const rest = Math.round((milliseconds - whole) * 1e6)
  return `${BigInt(whole) * 1_000_000n + BigInt(rest)}`
}

export type TelemetrySource = { readonly version: string; readonly instance: string }

export function buildResource({ version, instance }: TelemetrySource) {
  return {
    attributes: buildAttributes({
      [ATTRIBUTES.serviceName]: SERVICE,
      [ATTRIBUTES.serviceVersion]: version,
      [ATTRIBUTES.serviceInstance]: instance,
    }),
  }
}

export const buildScope = ({ version }: TelemetrySource) => ({ name: SERVICE, version })
