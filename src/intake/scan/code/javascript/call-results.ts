/** What comes out of a call by the name of what is called. */
import { decodeText, fromCode } from '../decode.ts'
import type { Reader, Scope } from '../evaluation.ts'
import { JAVASCRIPT_TRANSFORMS } from './javascript-names.ts'
import { decoded, joinPath, originOfCommand, originOfFile, originsOf } from '../origins.ts'
import { TRANSFORM_METHODS } from '../python/python-names.ts'
import { childOf, type SyntaxNode } from '../syntax.ts'
import {
  constantOf,
  deepFrom,
  FROM,
  fromValue,
  HOLE,
  nameValue,
  passThrough,
  textValue,
  UNKNOWN,
  type Value,
} from '../value.ts'
import { readMember, stripNode, taint } from './bindings.ts'
import { callMethod } from './method-results.ts'

export function model(
  run: Reader,
  name: string,
  method: string,
  args: readonly Value[],
  receiver: Value | null,
  node: SyntaxNode,
  scope: Scope,
): Value {
  const [first = UNKNOWN, second = UNKNOWN] = args
  const owner = childOf(childOf(node, 'function') ?? node, 'object')
  const word = constantOf(first)
  const all = originsOf(args)
  switch (name) {
    case 'require':
    case 'import':
      return word === null ? UNKNOWN : nameValue(stripNode(word))
    case 'module.createRequire':
    case 'createRequire':
      return nameValue('require')
    case 'process.getBuiltinModule':
    case 'process.binding':
      return word === null ? UNKNOWN : nameValue(stripNode(word))
    case 'util.promisify':
    case 'promisify':
      return first
    case 'Reflect.get':
      run.fact('lookup', first.name ?? '?', [second], node.start, scope)
      return constantOf(second) === null
        ? UNKNOWN
        : readMember(run, first, second.text ?? '', `?${second.text ?? ''}`, scope)
    case 'Reflect.apply':
      return UNKNOWN
    case 'atob':
      return decoded(first, 'base64', all)
    case 'unescape':
    case 'decodeURIComponent':
    case 'decodeURI': {
      const plain = word === null ? null : decodeText(word, 'url')
      const isHidden = (word?.match(/%[2-7][0-9a-f]/gi) ?? []).length >= 4
      return plain === null ? fromValue(all) : textValue(plain, isHidden ? all | FROM.decoded : all)
    }
    case 'String.fromCharCode':
    case 'String.fromCodePoint': {
      const codes = args.length === 1 && first.items !== null ? first.items : args
      if (codes.length === 0 || codes.some(({ text: code }) => code === null || Number.isNaN(Number(code))))
        return fromValue(all | FROM.built)
      return textValue(
        codes.map(({ text: code }) => fromCode(Number(code))).join(''),
        all | FROM.built | (codes.length > 3 ? FROM.decoded : 0),
      )
    }
    case 'Buffer.from':
    case 'Uint8Array.from': {
      const encoding = constantOf(second)
      if (
        first.items !== null &&
        first.items.length > 0 &&
        first.items.every(({ text: code }) => code !== null)
      ) {
        return {
          ...textValue(
            first.items.map(({ text: code }) => String.fromCharCode(Number(code) & 255)).join(''),
            all | FROM.built | FROM.decoded,
          ),
          name: 'Buffer',
        }
      }
      if (encoding === 'base64' || encoding === 'base64url') return decoded(first, 'base64', all)
      if (encoding === 'hex') return decoded(first, 'hex', all)
      return { ...first, from: all }
    }
    case 'os.homedir':
      return textValue('~')
    case 'path.join':
    case 'path.resolve':
      return joinPath(args)
    case 'zlib.inflateSync':
    case 'zlib.unzipSync':
    case 'zlib.brotliDecompressSync':
      return decoded(first, 'zlib', all)
    case 'zlib.gunzipSync':
      return decoded(first, 'gzip', all)
    case 'zlib.inflateRawSync':
      return decoded(first, 'deflate', all)
    default:
  }
  if (/^fs(?:\.promises|-extra)?\.readdir(?:Sync)?$/.test(name))
    return { ...UNKNOWN, items: [textValue(HOLE)] }
  if (
    /^fs(?:\.promises|-extra)?\.(?:readFile|readFileSync|createReadStream)$/.test(name) ||
    name.startsWith('Deno.readTextFile')
  ) {
    return fromValue(originOfFile(first))
  }
  if (/^fs(?:-extra)?\.createWriteStream$/.test(name)) return { ...nameValue(`${name}()`), items: [first] }
  if (receiver !== null && method === 'pipe' && first.name?.endsWith('.createWriteStream()') === true)
    run.fact('write', 'pipe', [first.items?.[0] ?? UNKNOWN, receiver], node.start, scope)
  if (receiver?.name?.endsWith('.createWriteStream()') === true && /^(?:write|end)$/.test(method))
    run.fact('write', 'write', [receiver.items?.[0] ?? UNKNOWN, first], node.start, scope)
  if (/^(?:stream|stream\/promises|pump)(?:\.pipeline)?$/.test(name) && args.at(-1)?.items?.[0] !== undefined)
    run.fact('write', name, [args.at(-1)?.items?.[0] ?? UNKNOWN, first], node.start, scope)
  if (receiver !== null && owner !== null && /^(?:append|push|set|add|unshift)$/.test(method) && all !== 0)
    taint(run, owner, receiver, all, scope)
  if (receiver?.name === 'form-data()' && method === 'submit')
    run.fact('send', name, [...args, receiver], node.start, scope)
  if (receiver !== null) {
    const known = callMethod(run, method, receiver, args, all)
    if (known !== null) return known
  }
  const source = run.sourceOf(`${name}()`) | (run.starts(name) ? originOfCommand(args.slice(0, 2)) : 0)
  const isTransform = JAVASCRIPT_TRANSFORMS.test(name) || TRANSFORM_METHODS.test(method)
  const callbacks = args.reduce(
    (from, value) => from | (value.fn === null ? 0 : deepFrom(value.fn.result)),
    0,
  )
  const from =
    (isTransform ? all | (receiver?.from ?? 0) : passThrough(all) | passThrough(receiver?.from ?? 0)) |
    callbacks
  return {
    ...UNKNOWN,
    name: name === '' || name.startsWith('?') ? null : `${name}()`,
    from: (source === 0 ? from : from & ~FROM.argument) | source,
  }
}
