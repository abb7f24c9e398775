/** The second thread of a scan: its share as data, one message back. It may do what its process may. */
import { parentPort, workerData } from 'node:worker_threads'
import { scanPart, type PartOfScan } from './scan-part.ts'

parentPort?.postMessage(await scanPart(workerData as PartOfScan), [])
