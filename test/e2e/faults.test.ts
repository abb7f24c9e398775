import { LONGEST_SLICE, testSlices } from './fault-slices.ts'

testSlices((id) => id !== LONGEST_SLICE)
