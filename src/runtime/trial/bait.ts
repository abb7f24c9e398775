/** Credentials that open nothing, each told from all others in whatever form it turns up. */
import { chmod, lstat, mkdir, readFile, unlink, utimes, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

export type Bait = {
  /** As it is named to people: a variable, or a file below HOME. */
  readonly name: string
  /** What it looks for; enough of it to be nobody else's. */
  readonly value: string
  /** It stands for a secret that the server declares. */
  readonly given: boolean
}

export type BaitSet = {
  readonly variables: Readonly<Record<string, string>>
  /** For the secrets that the server declares. */
  readonly secrets: Readonly<Record<string, string>>
  readonly files: Readonly<Record<string, string>>
  readonly all: readonly Bait[]
}

/** @param createValue letters and digits, so many, never the same twice. @param declared names of its secrets. */
export function buildBait(createValue: (length: number) => string, declared: readonly string[]): BaitSet {
  const secrets = Object.fromEntries(declared.map((name) => [name, createValue(40)]))
  const common: Record<string, string> = {
    AWS_ACCESS_KEY_ID: `AKIA${createValue(16).toUpperCase()}`,
    AWS_SECRET_ACCESS_KEY: createValue(40),
    GITHUB_TOKEN: `ghp_${createValue(36)}`,
    NPM_TOKEN: `npm_${createValue(36)}`,
    OPENAI_API_KEY: `sk-${createValue(48)}`,
    DATABASE_URL: `postgres://app:${createValue(24)}@localhost/app`,
  }
  const variables = Object.fromEntries(Object.entries(common).filter(([name]) => !declared.includes(name)))
  const ssh = createValue(64)
  const aws = createValue(40)
  const git = createValue(36)
  const npm = createValue(36)
  const files = {
    '.ssh/id_rsa': `-----BEGIN OPENSSH PRIVATE KEY-----\n${ssh}\n-----END OPENSSH PRIVATE KEY-----\n`,
    '.aws/credentials': `[default]\naws_access_key_id = AKIA${createValue(16).toUpperCase()}\naws_secret_access_key = ${aws}\n`,
    '.git-credentials': `https://dev:${git}@git.example\n`,
    '.npmrc': `//npm.example/:_authToken=${npm}\n`,
  }
  return {
    variables,
    secrets,
    files,
    all: [
      ...Object.entries(secrets).map(([name, value]) => ({ name, value, given: true })),
      ...[
        ...Object.entries(variables).map(([name, value]) => ({ name, value: coreOf(value) })),
        { name: '~/.ssh/id_rsa', value: ssh },
        { name: '~/.aws/credentials', value: aws },
        { name: '~/.git-credentials', value: git },
        { name: '~/.npmrc', value: npm },
      ].map((bait) => ({ ...bait, given: false })),
    ],
  }
}

/** The part that is random. */
function coreOf(value: string): string {
  return /[A-Za-z0-9]{16,}/.exec(value)?.[0] ?? value
}

/** The names of what is in there: plain, base64 at any offset, hexadecimal, or backwards. */
export function findBait(text: string, all: readonly Bait[]): readonly Bait[] {
  return all.filter(({ value }) => formsOf(value).some((form) => text.includes(form)))
}

function formsOf(value: string): readonly string[] {
  const bytes = Buffer.from(value)
  const shifted = [0, 1, 2].map((by) => {
    const text = Buffer.concat([Buffer.alloc(by), bytes]).toString('base64')
    // The first and the last characters hold bits of what stands beside it.
    return text.slice(by === 0 ? 0 : by + 1, Math.floor(((by + bytes.length) * 8) / 6)).replace(/=+$/, '')
  })
  return [
    value,
    ...shifted,
    ...shifted.map((text) => text.replaceAll('+', '-').replaceAll('/', '_')),
    bytes.toString('hex'),
    bytes.toString('hex').toUpperCase(),
    Array.from(value).toReversed().join(''),
  ]
}

/** Long ago: with relatime, the usual mount, the kernel notes the first read of what was changed since (mount(8)). */
const BEFORE = new Date('2020-01-01T00:00:00Z')

/** Below `home`, which must be empty. */
export async function layFiles(home: string, files: BaitSet['files']): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    const path = join(home, name)
    await mkdir(dirname(path), { recursive: true, mode: 0o700 })
    await writeFile(path, text, { mode: 0o600 })
    await chmod(path, 0o600)
    await utimes(path, BEFORE, BEFORE)
  }
}

/** Which of them were read, as `~/.ssh/id_rsa`; what is gone was taken. */
export async function listRead(home: string, files: BaitSet['files']): Promise<readonly string[]> {
  const read = await Promise.all(
    Object.keys(files).map(async (name) => {
      const facts = await lstat(join(home, name)).catch(() => null)
      return facts === null || facts.atimeMs > BEFORE.getTime() ? [`~/${name}`] : []
    }),
  )
  return read.flat()
}

/** Some file systems note no reads (noatime): then nothing can be said of them. `home` must be empty. */
export async function notesReads(home: string): Promise<boolean> {
  const name = 'read-me'
  await layFiles(home, { [name]: 'x' })
  await readFile(join(home, name))
  const noted = (await listRead(home, { [name]: 'x' })).length > 0
  await unlink(join(home, name))
  return noted
}
