/** Commands that turn text into other text. */
import { decodeText, toUtf8, unescape } from '../decode.ts'
import { concat, constantOf, FROM, fromValue, textValue, type Value } from '../value.ts'

export function decode(command: string, args: readonly Value[], input: Value): Value {
  const flags = args.map(({ text: word }) => word ?? '').join(' ')
  const isDecoding =
    command === 'base64' || command === 'base32'
      ? /(?:^|\s)(?:-\w*[dD]|--decode)\b/.test(flags)
      : command === 'openssl'
        ? /(?:^|\s)-d\b/.test(flags)
        : command !== 'xxd' || /-\w*r/.test(flags)
  if (!isDecoding) return fromValue(input.from)
  const from = input.from | FROM.decoded
  const plain = constantOf(input)
  if (plain === null) return fromValue(from)
  if (command === 'rev') return textValue(Array.from(plain.trim()).toReversed().join(''), from)
  const text = decodeText(
    plain.trim(),
    command === 'xxd' ? 'hex' : command === 'base32' ? 'base32' : 'base64',
  )
  return text === null ? fromValue(from) : textValue(toUtf8(text), from)
}

/** tr 'A-Za-z' 'N-ZA-Mn-za-m' */
export function translate(args: readonly Value[], input: Value): Value {
  const plain = constantOf(input)
  const isRot13 = /^n-za-m|^N-ZA-M/i.test(args[1]?.text ?? '')
  if (!isRot13) return { ...input, text: null }
  const text = plain === null ? null : decodeText(plain, 'rot13')
  return text === null ? fromValue(input.from | FROM.decoded) : textValue(text, input.from | FROM.decoded)
}

export function echo(command: string, args: readonly Value[]): Value {
  const shown = args.filter(({ text: word }) => !/^-[neE]+$/.test(word ?? ''))
  const value = concat(shown.flatMap((arg, index) => (index === 0 ? [arg] : [textValue(' '), arg])))
  const isEscaped =
    value.text !== null &&
    /\\x[0-9a-f]{2}|\\[0-7]{3}/i.test(value.text) &&
    (command === 'printf' || args.some(({ text: word }) => /^-\w*e/.test(word ?? '')))
  if (!isEscaped) return value
  return {
    ...value,
    text: unescape((value.text ?? '').replaceAll(/\\0(?=[0-7]{3})/g, '\\')),
    from: value.from | FROM.decoded,
  }
}
