/** The recipe of the container image, as far as it can be judged without an engine: what it names is there. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { findCommand } from '../src/cli/command-table.ts'

const ROOT = join(import.meta.dirname, '..')
const recipe = readFileSync(join(ROOT, 'packaging/container/Dockerfile'), 'utf8')
const steps = recipe
  .replaceAll(/^#.*\n/gm, '')
  .replaceAll(/\\\n/g, ' ')
  .split('\n')
  .filter((line) => line.trim() !== '')
  .map((line) => line.trim().replaceAll(/\s+/g, ' '))
const argumentsOf = (word: string) =>
  steps.filter((step) => step.startsWith(`${word} `)).map((step) => step.slice(word.length + 1))

it('copies what is in the repository, and the image may see it', () => {
  const ignored = readFileSync(join(ROOT, '.dockerignore'), 'utf8').split('\n')
  const sources = argumentsOf('COPY')
    .filter((line) => !line.startsWith('--from='))
    .flatMap((line) => line.split(' ').slice(0, -1))
  expect(sources.length).toBeGreaterThan(5)
  for (const source of sources) {
    expect(existsSync(join(ROOT, source)), source).toBe(true)
    expect(ignored).toContain(`!${source.replace('./', '')}`)
  }
})

it('copies all that the build reads', () => {
  const copied = argumentsOf('COPY').flatMap((line) => line.split(' ').slice(0, -1))
  const build = readFileSync(join(ROOT, 'script/build'), 'utf8').replaceAll(/^ *#.*$/gm, '')
  const read = build.match(/(?<![\w./-])[a-z][\w./-]*/g)?.filter((word) => existsSync(join(ROOT, word))) ?? []
  const places = [...new Set(read.map((path) => path.split('/')[0] ?? ''))]
  expect(places).toEqual(expect.arrayContaining(['src', 'dashboard', 'script', 'tsconfig.build.json']))
  const isMade = (place: string) => place === 'dist' || place === 'node_modules'
  expect(places.filter((place) => !isMade(place) && !copied.includes(place))).toEqual([])
})

it('runs as a user of its own, behind an init, with a command that exists', async () => {
  expect(argumentsOf('USER')).toEqual(['10001:10001'])
  expect(JSON.parse(argumentsOf('ENTRYPOINT')[0] ?? '[]')).toEqual([
    '/usr/bin/tini',
    '--',
    '/usr/local/bin/haivemind',
  ])
  const [verb = ''] = JSON.parse(argumentsOf('CMD')[0] ?? '[]') as string[]
  expect((await findCommand(verb))?.name).toBe('serve')
  expect(argumentsOf('HEALTHCHECK').join()).toContain('/healthz')
  expect(argumentsOf('FROM').every((line) => /^debian:trixie-slim(?: AS \w+)?$/.test(line))).toBe(true)
})

it('installs without scripts, the pinned Node excepted', () => {
  const installs = steps
    .flatMap((step) => step.split('&&'))
    .filter((step) => /\bnpm (?:ci|install)\b/.test(step))
  const packages = installs.filter((step) => !step.includes('apt-get'))
  expect(packages.length).toBe(2)
  for (const step of packages) expect(step).toContain('--ignore-scripts')
})
