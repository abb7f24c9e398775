/** The probe of whatever host this process finds itself on, as JSON on stdout. */
import { openHarness } from './sandbox-harness.ts'

const harness = await openHarness()
console.log(JSON.stringify(await harness.backend.probe()))
await harness.close()
