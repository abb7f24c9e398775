import type { IntakeDeps } from '../../src/intake/intake.ts'
import type { ScanReport } from '../../src/domain/scan-report.ts'

/** Scanning as intake takes it, with a cache that can be looked into. */
export function createScanSettings(enabled: boolean): IntakeDeps['scan'] & { readonly kept: ScanReport[] } {
  const kept: ScanReport[] = []
  return {
    enabled,
    timeoutSeconds: 30,
    osvDir: null,
    kept,
    cache: {
      find: async (sourceHash, ruleSet) =>
        kept.find((report) => report.sourceHash === sourceHash && report.ruleSet === ruleSet) ?? null,
      put: async (report) => void kept.push(report),
    },
  }
}

export const neverScanned = async (): Promise<string> => {
  throw new Error('scanning is turned off here')
}
