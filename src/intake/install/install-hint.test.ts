import { expect, it } from 'vitest'
import { explainInstallFailure } from './install-hint.ts'

/** Lines as npm 11, pip 23 and uv print them. */
it.each([
  [
    'npm error 404 Not Found - GET https://npm.example/nope - Not found',
    'There is no such package in the registry',
  ],
  ['npm error notarget No matching version found for ms@99.', 'There is no such version'],
  ['npm error code EUSAGE', 'The lock file does not match'],
  ['npm error request to https://npm.example/ms failed, reason: getaddrinfo ENOTFOUND', 'out of reach'],
  ['npm error code E401', 'wants credentials'],
  ['ERROR: No matching distribution found for nope', 'only wheels are installed'],
  ["WARNING: Retrying after connection broken by 'NewConnectionError'", 'out of reach'],
  [
    'Because nope was not found in the package registry and you require nope==1, your requirements are unsatisfiable.',
    'only wheels are installed',
  ],
  ['  × No solution found when resolving dependencies:', 'contradict each other'],
  ['OSError: [Errno 28] No space left on device', 'space for installing'],
  ['ERROR: Package requires a different Python: 3.11 not in >=3.13', 'another Python version'],
])('%s', (line, hint) => {
  expect(explainInstallFailure(['something before', line])).toContain(hint)
})

it('does not guess', () => {
  expect(explainInstallFailure(['something else went wrong'])).toBeNull()
})
