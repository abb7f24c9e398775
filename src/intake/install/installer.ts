/** Dependencies into the tree, through the jail only. */
import { AppError } from '../../domain/error.ts'
import type { StageStatus } from '../../domain/deployment.ts'
import type { Detection } from '../../domain/server.ts'
import type { Detected } from '../detect/detect-server.ts'

export type InstallJob = { readonly appDir: string; readonly directory: string; readonly detected: Detected }
export type InstallOutcome = {
  readonly installer: Detection['installer']
  readonly status: StageStatus
  readonly note: string
  readonly notices: readonly string[]
  /** Makes the installed dependencies available to later deployments; call it once the tree is sealed. */
  keepInCache(): Promise<void>
}
export interface Installer {
  install(job: InstallJob, onLine: (line: string) => void, signal: AbortSignal): Promise<InstallOutcome>
}

export async function createInstaller(_deps: object, _cacheDir: string): Promise<Installer> {
  return {
    async install({ detected }) {
      const wanted =
        Object.keys(detected.node?.dependencies ?? {}).length + (detected.python?.dependencies.length ?? 0)
      if (wanted > 0) throw new AppError('install_failed', 'Installing dependencies is not possible yet')
      return {
        installer: null,
        status: 'skipped',
        note: 'There are no dependencies to install',
        notices: [],
        keepInCache: async () => undefined,
      }
    },
  }
}
