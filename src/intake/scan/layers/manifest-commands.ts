/** Command lines that stand in manifests: npm scripts, and how the server is started. */
import { decodeJson, isJsonObject, type Json } from '../../../domain/json.ts'
import type { Language, ScannedFile } from '../scanned-file.ts'

export type ManifestCommand = {
  readonly command: string
  readonly line: number | null
  readonly isInstall: boolean
}

const INSTALL_HOOK = /^(?:pre|post)?install$|^prepare$|^preprepare$|^postprepare$/
/** What build tools put there. */
const ORDINARY =
  /^(?:(?:npx |pnpm |yarn |npm run |node-gyp|prebuild-install|husky|tsc|patch-package|lefthook|simple-git-hooks|electron-builder|is-ci|ngcc|opencollective|prisma|playwright install|node (?:\.\/)?[\w./-]+\.[cm]?js)\b[\w\s./:@=|&-]*)$/

export function listManifestCommands({ path, text, lineAt }: ScannedFile): ManifestCommand[] {
  const name = path.slice(path.lastIndexOf('/') + 1)
  if (text !== null && name === 'binding.gyp') return listExpansions(text, lineAt)
  if (text === null || !/^(?:package|server_config|manifest|mcp)\.json$/.test(name)) return []
  const manifest = decodeJson(text)
  if (!isJsonObject(manifest)) return []
  const at = (word: string) => lineAt(Math.max(0, text.indexOf(JSON.stringify(word).slice(1, -1))))
  if (name === 'package.json') {
    const scripts = isJsonObject(manifest['scripts']) ? manifest['scripts'] : {}
    return Object.entries(scripts).flatMap(([hook, script]) => {
      if (typeof script !== 'string') return []
      const isInstall = INSTALL_HOOK.test(hook) && !ORDINARY.test(script)
      return [{ command: script, line: at(hook), isInstall }]
    })
  }
  const server = isJsonObject(manifest['server']) ? manifest['server'] : {}
  return [manifest, server['mcp_config']].filter(isJsonObject).flatMap((entry) =>
    listCommands(joinArguments(entry['command'], entry['args'])).map((command) => ({
      command,
      line: at('command'),
      isInstall: false,
    })),
  )
}

/** `<!(…)`: node-gyp runs it before it builds anything. */
function listExpansions(text: string, lineAt: ScannedFile['lineAt']): ManifestCommand[] {
  return [...text.matchAll(/<!@?\(([^\n]*)\)/g)].map(({ 1: command = '', index }) => ({
    command,
    line: lineAt(index),
    isInstall: false,
  }))
}

function joinArguments(command: Json | undefined, args: Json | undefined): Json | undefined {
  return typeof command === 'string' && Array.isArray(args) ? [command, ...args] : command
}

const RUNS =
  /(?:^|[\s;&|('"])(python[\d.]*|node|bash|sh|source|\.)['"]?\s+(?:['"]?-[-\w.=]+['"]?\s+)*['"]?((?:\.{0,2}\/)?\w[\w./-]*)/g

/** Which files a command line hands to an interpreter, and to which: whatever they are called. */
export function listRunFiles(command: string): { readonly path: string; readonly language: Language }[] {
  return [...command.matchAll(RUNS)].map(({ 1: word = '', 2: path = '' }) => ({
    path: path.replace(/^(?:\.?\/)+/, ''),
    language: word.startsWith('python') ? 'python' : word === 'node' ? 'javascript' : 'bash',
  }))
}

function listCommands(command: Json | undefined): string[] {
  if (!Array.isArray(command)) return typeof command === 'string' ? [command] : []
  const words = command.filter((word): word is string => typeof word === 'string')
  const flag = words.findIndex((word) => /^-\w*c$|^-e$/.test(word))
  const isShell = /(?:^|\/)(?:ba|da|z)?sh$/.test(words[0] ?? '')
  if (flag > 0 && isShell) return words.slice(flag + 1, flag + 2)
  return words.length === 0
    ? []
    : [words.map((word) => `'${word.replaceAll("'", String.raw`'\''`)}'`).join(' ')]
}
