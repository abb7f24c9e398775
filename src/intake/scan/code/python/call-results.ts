/** What comes out of a call by the name of what is called. */
import { fromCode } from '../decode.ts'
import type { Reader, Scope } from '../evaluation.ts'
import { decoded, joinPath, originOfCommand, originsOf } from '../origins.ts'
import { PYTHON_TRANSFORMS, TRANSFORM_METHODS } from './python-names.ts'
import type { SyntaxNode } from '../syntax.ts'
import {
  constantOf,
  FROM,
  fromValue,
  HOLE,
  nameValue,
  passThrough,
  textValue,
  UNKNOWN,
  type Value,
} from '../value.ts'
import { readAttribute, readVariable } from './bindings.ts'
import type { Named } from './calls.ts'
import { lookup } from './expressions.ts'
import { callMethod, openFile } from './method-results.ts'

const HOME_CALL = /^(?:pathlib\.)?Path\.home$|^os\.path\.expanduser$/

export function model(
  run: Reader,
  name: string,
  method: string,
  args: Value[],
  named: Named,
  receiver: Value | null,
  node: SyntaxNode,
  scope: Scope,
): Value {
  const [first = UNKNOWN, second = UNKNOWN] = args
  const bare = name.replace(/^builtins\./, '')
  const text = constantOf(first)
  const all = originsOf(args) | originsOf(named.values())
  switch (bare) {
    case 'getattr': {
      lookup(run, node, first.name ?? '?', second, scope)
      const key = constantOf(second)
      return key === null
        ? fromValue(passThrough(all))
        : readAttribute(run, first, key, `${first.name ?? '?'}.${key}`, scope)
    }
    case 'operator.attrgetter':
    case 'operator.methodcaller':
      lookup(run, node, bare, first, scope)
      return UNKNOWN
    case 'os.walk':
      return {
        ...UNKNOWN,
        items: [{ ...UNKNOWN, items: [first, UNKNOWN, UNKNOWN] }],
        from: passThrough(all),
      }
    case 'glob.glob':
    case 'glob.iglob':
    case 'os.listdir':
    case 'os.scandir':
      return { ...UNKNOWN, items: [{ ...first, name: null }], from: passThrough(all) }
    case '__import__':
    case 'importlib.import_module':
      lookup(run, node, bare, first, scope)
      return text === null ? UNKNOWN : nameValue(bare === '__import__' ? (text.split('.')[0] ?? '') : text)
    case 'socket.socket().accept':
    case 'socket.create_server().accept':
      return { ...UNKNOWN, items: [nameValue('socket.socket()'), UNKNOWN] }
    case 'globals':
    case 'locals':
      return nameValue(`${bare}()`)
    case 'vars':
      return first.name === null ? fromValue(all) : nameValue(`${first.name}.__dict__`)
    case 'chr':
      return textValue(
        text !== null && /^(?:0x)?[\da-f]+$/i.test(text) ? fromCode(Number(text)) : HOLE,
        FROM.built | first.from,
      )
    case 'ord':
      return text?.length === 1 ? textValue(String(text.charCodeAt(0)), FROM.built) : fromValue(all)
    case 'int':
    case 'str':
    case 'repr':
      return text === null ? { ...first, from: all } : first
    case 'bytes':
    case 'bytearray':
      if (first.items !== null && first.items.every((item) => /^(?:0x)?[\da-f]+$/i.test(item.text ?? ''))) {
        return textValue(
          first.items.map((item) => String.fromCharCode(Number(item.text) & 255)).join(''),
          FROM.built | FROM.decoded,
        )
      }
      return first
    case 'map':
      if (first.name === 'chr' && second.items !== null) {
        return {
          ...UNKNOWN,
          from: FROM.built,
          items: second.items.map((item) => textValue(fromCode(Number(item.text)), FROM.built)),
        }
      }
      return first.fn === null ? fromValue(all) : { ...first.fn.result, from: first.fn.result.from | all }
    case 'reversed':
      return text === null
        ? first
        : {
            ...UNKNOWN,
            items: Array.from(text)
              .toReversed()
              .map((letter) => textValue(letter)),
            from: FROM.built,
          }
    case 'open':
    case 'io.open':
    case 'codecs.open':
    case 'pathlib.Path.open':
    case 'aiofiles.open':
      return openFile(run, first, second.text ?? named.get('mode')?.text ?? 'r', node, scope)
    case 'os.path.expanduser':
    case 'os.path.expandvars':
    case 'os.path.abspath':
    case 'os.path.realpath':
    case 'pathlib.Path':
    case 'pathlib.PosixPath':
      return { ...(args.length > 1 ? joinPath(args) : first), name: 'pathlib.Path()' }
    case 'Path':
      return { ...(args.length > 1 ? joinPath(args) : first), name: 'pathlib.Path()' }
    case 'os.path.join':
      return joinPath(args)
    case 'os.getenv':
    case 'os.environ.get':
    case 'os.environ.pop':
    case 'os.environ.setdefault':
      return readVariable(text, first)
    case 'codecs.decode':
      return decoded(
        first,
        /rot/i.test(second.text ?? '') ? 'rot13' : /hex/i.test(second.text ?? '') ? 'hex' : 'base64',
        all,
      )
    case 'base64.b64decode':
    case 'base64.urlsafe_b64decode':
    case 'base64.standard_b64decode':
    case 'base64.decodebytes':
    case 'binascii.a2b_base64':
      return decoded(first, 'base64', all)
    case 'base64.b32decode':
      return decoded(first, 'base32', all)
    case 'base64.b85decode':
    case 'base64.a85decode':
    case 'lzma.decompress':
    case 'bz2.decompress':
      return fromValue(all | FROM.decoded)
    case 'bytes.fromhex':
    case 'bytearray.fromhex':
    case 'binascii.unhexlify':
    case 'binascii.a2b_hex':
      return decoded(first, 'hex', all)
    case 'zlib.decompress':
      return decoded(first, 'zlib', all)
    case 'gzip.decompress':
      return decoded(first, 'gzip', all)
    case 'marshal.loads':
    case 'pickle.loads':
      return fromValue(all | FROM.decoded)
    case 'compile':
      return { ...first, from: all }
    case 'iter':
    case 'next':
      return first
    default:
  }
  if (HOME_CALL.test(bare)) return { ...textValue('~'), name: 'pathlib.Path()' }
  if (receiver !== null) {
    const known = callMethod(run, method, receiver, args, all, node, scope)
    if (known !== null) return known
  }
  const source = run.sourceOf(`${name}()`) | (run.starts(name) ? originOfCommand(args.slice(0, 1)) : 0)
  const isTransform = PYTHON_TRANSFORMS.test(bare) || TRANSFORM_METHODS.test(method)
  const from = isTransform ? all | (receiver?.from ?? 0) : passThrough(all) | passThrough(receiver?.from ?? 0)
  const kept = from & ~(FROM.argument * (source === 0 ? 0 : 1))
  return { ...UNKNOWN, name: name === '' || name.startsWith('?') ? null : `${name}()`, from: kept | source }
}
