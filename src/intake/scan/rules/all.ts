import { credentialTheft } from './credential-theft.ts'
import { decodedExecution } from './decoded-execution.ts'
import { destruction } from './destruction.ts'
import { downloadRun } from './download-run.ts'
import { dropHost } from './drop-host.ts'
import { environmentTheft } from './environment-theft.ts'
import { hooked } from './hooked.ts'
import { modelOrders } from './model-orders.ts'
import { prototypeGadget } from './prototype-gadget.ts'
import { hiddenName } from './hidden-name.ts'
import { hiddenRecipient } from './hidden-recipient.ts'
import { hiddenUnicode } from './hidden-unicode.ts'
import { installAbuse } from './install-abuse.ts'
import { machineReport } from './machine-report.ts'
import { miner } from './miner.ts'
import { obfuscation } from './obfuscation.ts'
import { persistence } from './persistence.ts'
import { remoteExecution } from './remote-execution.ts'
import { reverseShell } from './reverse-shell.ts'
import type { CodeRule } from './rule.ts'
import { sandboxProbe } from './sandbox-probe.ts'
import { shellInjection } from './shell-injection.ts'
import { shellcode } from './shellcode.ts'
import { spying } from './spying.ts'
import { startHook } from './start-hook.ts'
import { unsafeLoad } from './unsafe-load.ts'

export const CODE_RULES: readonly CodeRule[] = [
  decodedExecution,
  remoteExecution,
  downloadRun,
  reverseShell,
  environmentTheft,
  credentialTheft,
  machineReport,
  dropHost,
  persistence,
  miner,
  destruction,
  shellInjection,
  sandboxProbe,
  hiddenName,
  hiddenUnicode,
  hiddenRecipient,
  installAbuse,
  obfuscation,
  shellcode,
  spying,
  startHook,
  hooked,
  prototypeGadget,
  modelOrders,
  unsafeLoad,
]
