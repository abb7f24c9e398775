/** Python: follows names and constants through a file and reports what it calls, without running any of it. */
import { decodeText, fromCode, hidesLetters, toUtf8, unescape } from './decode.ts'
import { createEvaluation, type Scope } from './evaluation.ts'
import { CREDENTIAL_PATH } from './paths.ts'
import { PYTHON_ROLES, PYTHON_SOURCES, PYTHON_TRANSFORMS, TRANSFORM_METHODS } from './python-names.ts'
import { childOf, childrenOf, type SyntaxNode } from './syntax.ts'
import {
  concat,
  constantOf,
  deepFrom,
  fromValue,
  FROM,
  has,
  HOLE,
  nameValue,
  passThrough,
  textValue,
  UNKNOWN,
  type Value,
} from './value.ts'
import type { FactSink } from './facts.ts'

type Named = Map<string, Value>
const BUILTINS = /^(?:__builtins__|builtins|__builtin__)(?:\.__dict__)?\.(?=\w)/
const HOME_CALL = /^(?:pathlib\.)?Path\.home$|^os\.path\.expanduser$/

export function evaluatePython(root: SyntaxNode, text: string, sink: FactSink): void {
  const run = createEvaluation(text, sink, { roles: PYTHON_ROLES, sources: PYTHON_SOURCES })
  run.passes(root, (node, scope) => visit(node, scope))

  function visit(node: SyntaxNode | null, scope: Scope): Value {
    if (node === null) return UNKNOWN
    run.step()
    switch (node.type) {
      case 'comment':
        return UNKNOWN
      case 'identifier':
        return visitName(node, scope)
      case 'string':
        return visitString(node, scope)
      case 'concatenated_string':
        return concat(node.children.map((child) => visit(child, scope)))
      case 'integer':
      case 'float':
        return textValue(run.source(node))
      case 'true':
      case 'false':
      case 'none':
        return UNKNOWN
      case 'parenthesized_expression':
      case 'await':
      case 'expression_statement':
      case 'yield':
        return visitLast(node, scope)
      case 'import_statement':
        return visitImport(node, scope)
      case 'import_from_statement':
        return visitImportFrom(node, scope)
      case 'assignment':
      case 'named_expression': {
        const value = visit(childOf(node, 'right') ?? childOf(node, 'value'), scope)
        assign(childOf(node, 'left') ?? childOf(node, 'name'), value, scope)
        return value
      }
      case 'augmented_assignment': {
        const target = childOf(node, 'left')
        const value = concat([visit(target, scope), visit(childOf(node, 'right'), scope)])
        assign(target, value, scope)
        return value
      }
      case 'attribute':
        return readAttribute(
          visit(childOf(node, 'object'), scope),
          run.source(childOf(node, 'attribute')),
          run.source(node),
          scope,
        )
      case 'subscript':
        return visitSubscript(node, scope)
      case 'call':
        return visitCall(node, scope)
      case 'binary_operator':
        return visitBinary(node, scope)
      case 'boolean_operator':
      case 'conditional_expression':
        return node.children
          .map((child) => visit(child, scope))
          .reduce(
            (one, other) => ({
              ...other,
              text: one.text ?? other.text,
              name: one.name ?? other.name,
              from: one.from | other.from,
            }),
            UNKNOWN,
          )
      case 'list':
      case 'tuple':
      case 'set':
      case 'expression_list': {
        const items = node.children.map((child) => visit(child, scope))
        return { ...UNKNOWN, items, from: items.reduce((from, item) => from | item.from, 0) }
      }
      case 'list_splat':
      case 'dictionary_splat':
        return visitLast(node, scope)
      case 'dictionary':
        return visitDictionary(node, scope)
      case 'list_comprehension':
      case 'set_comprehension':
      case 'generator_expression':
      case 'dictionary_comprehension':
        return visitComprehension(node, scope)
      case 'lambda':
        return {
          ...UNKNOWN,
          fn: run.define(node, parameterNames(node), scope, (inner) => visit(childOf(node, 'body'), inner)),
        }
      case 'function_definition':
        return defineFunction(node, scope, false)
      case 'decorated_definition':
        return visitDecorated(node, scope)
      case 'class_definition':
        return visitClass(node, scope)
      case 'return_statement': {
        const value = visitLast(node, scope)
        run.returned(scope, value)
        return value
      }
      case 'for_statement': {
        const value = visit(childOf(node, 'right'), scope)
        assign(childOf(node, 'left'), elementOf(value), scope)
        run.weakly(() => visit(childOf(node, 'body'), scope))
        return UNKNOWN
      }
      case 'if_statement':
      case 'while_statement':
      case 'try_statement':
      case 'match_statement':
        run.weakly(() => visitAll(node, scope))
        return UNKNOWN
      case 'as_pattern': {
        const value = visit(node.children[0] ?? null, scope)
        const alias = childOf(node, 'alias')
        assign(alias?.children[0] ?? alias, value, scope)
        return value
      }
      default:
        return fromValue(passThrough(visitAll(node, scope)))
    }
  }

  function visitAll(node: SyntaxNode, scope: Scope): number {
    let from = 0
    for (const child of node.children) from |= deepFrom(visit(child, scope))
    return from
  }

  function visitLast(node: SyntaxNode, scope: Scope): Value {
    let value = UNKNOWN
    // A string that stands alone is documentation.
    if (node.type === 'expression_statement' && node.children[0]?.type === 'string') return UNKNOWN
    for (const child of node.children) value = visit(child, scope)
    return value
  }

  function visitName(node: SyntaxNode, scope: Scope): Value {
    const name = run.source(node)
    sink.addIdentifier(name)
    const value = scope.find(name)
    if (value !== null) return value
    return run.named(name)
  }

  function visitString(node: SyntaxNode, scope: Scope): Value {
    const parts = node.children.map((child): Value => {
      if (child.type === 'interpolation') return visit(child.children[0] ?? null, scope)
      if (child.type === 'string_content') return textValue(unescape(run.source(child)))
      return textValue('')
    })
    const raw = run.source(node)
    const isRaw = /^[a-z]*r/i.test(raw)
    const value =
      isRaw && !parts.some(({ from }) => from !== 0) && !/^[a-z]*f/i.test(raw)
        ? textValue(raw.replace(/^[a-z]*(?:"""|'''|["'])/i, '').replace(/(?:"""|'''|["'])$/, ''))
        : concat(parts.length === 0 ? [textValue('')] : parts)
    run.string(node, value.text ?? '', raw)
    return !isRaw && hidesLetters(raw) ? { ...value, from: value.from | FROM.built } : value
  }

  function visitImport(node: SyntaxNode, scope: Scope): Value {
    for (const child of childrenOf(node, 'name')) {
      if (child.type === 'aliased_import') {
        scope.set(run.source(childOf(child, 'alias')), nameValue(run.source(childOf(child, 'name'))))
      } else {
        const first = run.source(child).split('.')[0] ?? ''
        scope.set(first, nameValue(first))
      }
    }
    return UNKNOWN
  }

  function visitImportFrom(node: SyntaxNode, scope: Scope): Value {
    const module = run.source(childOf(node, 'module_name'))
    for (const child of childrenOf(node, 'name')) {
      const isAlias = child.type === 'aliased_import'
      const name = run.source(isAlias ? childOf(child, 'name') : child)
      scope.set(isAlias ? run.source(childOf(child, 'alias')) : name, run.named(`${module}.${name}`))
    }
    return UNKNOWN
  }

  function assign(target: SyntaxNode | null, value: Value, scope: Scope): void {
    if (target === null) return
    if (target.type === 'identifier') scope.set(run.source(target), value)
    else if (target.type === 'attribute') {
      visit(childOf(target, 'object'), scope)
      scope.setPath(run.source(target), value)
    } else if (target.type === 'subscript') {
      const owner = childOf(target, 'value')
      const key = visit(childOf(target, 'subscript'), scope)
      const before = visit(owner, scope)
      const from = before.from | deepFrom(value) | (key.from & FROM.environment)
      if (owner?.type === 'identifier') scope.set(run.source(owner), { ...before, from })
    } else if (/^(?:pattern_list|tuple_pattern|list_pattern|tuple|list)$/.test(target.type)) {
      target.children.forEach((child, index) =>
        assign(child, value.items?.[index] ?? elementOf(value), scope),
      )
    } else if (target.type === 'list_splat_pattern') assign(target.children[0] ?? null, value, scope)
  }

  function elementOf(value: Value): Value {
    // Of a list of paths the telling one.
    const chosen = value.items?.find(({ text: path }) => CREDENTIAL_PATH.test(path ?? '')) ?? value.items?.[0]
    if (chosen === undefined) return fromValue(deepFrom(value))
    const isOne = value.items?.length === 1 || CREDENTIAL_PATH.test(chosen.text ?? '')
    return { ...chosen, text: isOne ? chosen.text : null, from: deepFrom(value) }
  }

  function readAttribute(object: Value, attribute: string, whole: string, scope: Scope): Value {
    const known = scope.findPath(whole)
    if (known !== null) return known
    const member = object.fields?.get(attribute)
    if (member !== undefined) return member
    if (object.name === null) {
      const method = run.method(attribute)
      return { ...fromValue(object.from), fn: method, name: `?.${attribute}` }
    }
    if (attribute === '__dict__' || attribute === '__call__') return object
    const value = run.named(normalise(`${object.name}.${attribute}`))
    return {
      ...value,
      from: value.from | inherit(object, attribute),
      fn: value.fn ?? (object.name === 'self' ? run.method(attribute) : null),
    }
  }

  function inherit(object: Value, attribute: string): number {
    return TRANSFORM_METHODS.test(attribute) ? object.from : passThrough(object.from)
  }

  function normalise(name: string): string {
    return name.replace(BUILTINS, '').replace(/^posix\./, 'os.')
  }

  function visitSubscript(node: SyntaxNode, scope: Scope): Value {
    const object = visit(childOf(node, 'value'), scope)
    const subscript = childOf(node, 'subscript')
    if (subscript?.type === 'slice') return sliceOf(object, run.source(subscript))
    const key = visit(subscript, scope)
    const word = constantOf(key)
    if (has(object, FROM.environment)) return readVariable(word, key)
    if (word !== null && object.items !== null && /^\d+$/.test(word))
      return object.items[Number(word)] ?? fromValue(object.from)
    if (word !== null && object.fields?.has(word) === true) return object.fields.get(word) ?? UNKNOWN
    if (
      object.name !== null &&
      word !== null &&
      /^(?:sys\.modules|(?:globals|locals|vars)\(\)|__builtins__|builtins|\w+(?:\.\w+)*\.__dict__)$/.test(
        object.name,
      )
    ) {
      const name = /^(?:sys\.modules|(?:globals|locals|vars)\(\))$/.test(object.name)
        ? word
        : `${object.name}.${word}`
      lookup(subscript, object.name, key, scope)
      return run.named(normalise(name))
    }
    if (object.name !== null && word !== null && object.items === null && !object.name.startsWith('?')) {
      const viaDict = run.named(normalise(`${object.name}.${word}`))
      if (viaDict.from !== 0 || run.isKnown(viaDict.name ?? '')) {
        lookup(subscript, object.name, key, scope)
        return viaDict
      }
    }
    return fromValue(passThrough(deepFrom(object)))
  }

  function readVariable(word: string | null, key: Value): Value {
    if (word === null) return fromValue(has(key, FROM.environment) ? FROM.environment : FROM.variable)
    if (/^(?:HOME|USERPROFILE)$/.test(word)) return textValue('~')
    return { ...UNKNOWN, text: HOLE, from: FROM.variable, name: `env:${word}` }
  }

  function sliceOf(object: Value, slice: string): Value {
    const text = constantOf(object)
    const parts = slice.split(':').map((part) => part.trim())
    if (text !== null && parts.length === 3 && parts[2] === '-1' && parts[0] === '' && parts[1] === '') {
      return textValue(Array.from(text).toReversed().join(''), object.from | FROM.built)
    }
    if (text !== null && parts.every((part) => /^-?\d*$/.test(part)) && parts.length < 3) {
      return textValue(
        text.slice(
          parts[0] === '' ? 0 : Number(parts[0]),
          parts[1] === '' || parts[1] === undefined ? undefined : Number(parts[1]),
        ),
        object.from,
      )
    }
    if (
      text !== null &&
      parts.length === 3 &&
      /^\d+$/.test(parts[2] ?? '') &&
      parts[0] === '' &&
      parts[1] === ''
    ) {
      return textValue(
        Array.from(text)
          .filter((_, index) => index % Number(parts[2]) === 0)
          .join(''),
        object.from | FROM.built,
      )
    }
    return fromValue(object.from)
  }

  function visitDictionary(node: SyntaxNode, scope: Scope): Value {
    const fields: Named = new Map()
    let from = 0
    for (const child of node.children) {
      if (child.type === 'pair') {
        const key = constantOf(visit(childOf(child, 'key'), scope))
        fields.set(key ?? `?${fields.size}`, visit(childOf(child, 'value'), scope))
      } else from |= deepFrom(visit(child, scope))
    }
    return { ...UNKNOWN, fields, from }
  }

  function visitComprehension(node: SyntaxNode, scope: Scope): Value {
    const inner = scope.child(node)
    let over: Value = UNKNOWN
    for (const clause of node.children.filter(({ type }) => type === 'for_in_clause')) {
      over = visit(childOf(clause, 'right'), inner)
      assign(childOf(clause, 'left'), elementOf(over), inner)
    }
    const body = childOf(node, 'body')
    // [chr(c) for c in (104, 105)]: what each element becomes.
    const target = node.children.find(({ type }) => type === 'for_in_clause')
    const left = target === undefined ? null : childOf(target, 'left')
    if (
      over.items !== null &&
      over.items.length <= 4096 &&
      over.items.length > 0 &&
      left?.type === 'identifier' &&
      over.items.every((item) => item.text !== null)
    ) {
      const items = over.items.map((item) => {
        inner.set(run.source(left), item)
        return visit(body, inner)
      })
      return { ...UNKNOWN, items, from: items.reduce((from, item) => from | item.from, 0) }
    }
    const word = constantOf(over)
    if (word !== null && word.length <= 4096 && left?.type === 'identifier') {
      const items = Array.from(word).map((letter) => {
        inner.set(run.source(left), textValue(letter, over.from))
        return visit(body, inner)
      })
      return { ...UNKNOWN, items, from: items.reduce((from, item) => from | item.from, 0) }
    }
    for (const clause of node.children.filter(({ type }) => type === 'if_clause')) visit(clause, inner)
    const value =
      body?.type === 'pair'
        ? fromValue(
            deepFrom(visit(childOf(body, 'key'), inner)) | deepFrom(visit(childOf(body, 'value'), inner)),
          )
        : visit(body, inner)
    return { ...UNKNOWN, from: deepFrom(value) | (deepFrom(over) & FROM.environment) }
  }

  function parameterNames(node: SyntaxNode): string[] {
    return (childOf(node, 'parameters')?.children ?? [])
      .filter(({ type }) => type !== 'comment')
      .map((parameter) => {
        if (parameter.type === 'identifier') return run.source(parameter)
        const named = childOf(parameter, 'name') ?? parameter.children[0] ?? null
        return run.source(named?.type === 'list_splat_pattern' ? (named.children[0] ?? null) : named)
      })
  }

  function defineFunction(node: SyntaxNode, scope: Scope, isTool: boolean): Value {
    const name = run.source(childOf(node, 'name'))
    for (const parameter of childOf(node, 'parameters')?.children ?? [])
      visit(childOf(parameter, 'value'), scope)
    const fn = run.define(
      node,
      parameterNames(node),
      scope,
      (inner) => visit(childOf(node, 'body'), inner),
      isTool,
    )
    const value = { ...UNKNOWN, fn }
    scope.set(name, value)
    run.addMethod(name, fn)
    return value
  }

  function visitDecorated(node: SyntaxNode, scope: Scope): Value {
    let isTool = false
    for (const child of node.children) {
      if (child.type !== 'decorator') continue
      visitAll(child, scope)
      isTool ||= /@[\w.]*(?:tool|call_tool|resource|prompt)\b|\.route\(|\.(?:get|post)\(/.test(
        run.source(child),
      )
    }
    const definition = childOf(node, 'definition')
    return definition?.type === 'function_definition'
      ? defineFunction(definition, scope, isTool)
      : visit(definition, scope)
  }

  function visitClass(node: SyntaxNode, scope: Scope): Value {
    for (const base of childOf(node, 'superclasses')?.children ?? []) visit(base, scope)
    const inner = scope.child(node)
    inner.isClass = true
    visit(childOf(node, 'body'), inner)
    scope.set(run.source(childOf(node, 'name')), UNKNOWN)
    return UNKNOWN
  }

  function visitBinary(node: SyntaxNode, scope: Scope): Value {
    const left = visit(childOf(node, 'left'), scope)
    const right = visit(childOf(node, 'right'), scope)
    const operator = run.source(childOf(node, 'operator'))
    if (operator === '+') return joinText(left, right)
    if (operator === '/' && (left.text !== null || left.name?.startsWith('pathlib.Path') === true)) {
      return concat([left.text === null ? textValue(HOLE) : left, textValue('/'), right])
    }
    if (operator === '%' && left.text !== null) return formatText(left, right.items ?? [right])
    if (operator === '*' && left.text !== null && /^\d{1,4}$/.test(right.text ?? '')) {
      return textValue(left.text.repeat(Math.min(Number(right.text), 1000)), left.from)
    }
    if (left.items !== null && right.items !== null)
      return { ...UNKNOWN, items: [...left.items, ...right.items], from: left.from | right.from }
    const [one, other] = [left.text, right.text].map((text) =>
      text !== null && /^-?\d+$/.test(text) ? Number(text) : null,
    )
    if (typeof one === 'number' && typeof other === 'number') {
      const result = {
        '-': one - other,
        '^': one ^ other,
        '//': Math.floor(one / other),
        '%': one % other,
        '&': one & other,
        '|': one | other,
        '>>': one >> other,
        '<<': one << other,
      }[operator]
      if (result !== undefined) return textValue(String(result), FROM.built)
    }
    return fromValue(deepFrom(left) | deepFrom(right))
  }

  function joinText(left: Value, right: Value): Value {
    if (left.items !== null && right.items !== null)
      return { ...UNKNOWN, items: [...left.items, ...right.items], from: left.from | right.from }
    const isNumber = (value: Value) => value.text !== null && /^-?\d+$/.test(value.text) && value.from === 0
    if (isNumber(left) && isNumber(right)) return textValue(String(Number(left.text) + Number(right.text)))
    const value = concat([left, right])
    // Letters split in the middle of a word: 'sys' + 'tem'.
    const isSplit = /\w$/.test(constantOf(left) ?? '') && /^\w/.test(constantOf(right) ?? '')
    return isSplit ? { ...value, from: value.from | FROM.built } : value
  }

  function formatText(template: Value, values: readonly Value[]): Value {
    let index = 0
    const parts: Value[] = []
    for (const piece of (template.text ?? '').split(/(%[sdr]|\{[^{}]*\})/)) {
      if (/^(?:%[sdr]|\{[^{}]*\})$/.test(piece)) {
        const asked = /^\{(\d+)/.exec(piece)?.[1]
        const value = values[asked === undefined ? index++ : Number(asked)]
        parts.push(value ?? textValue(HOLE))
      } else parts.push(textValue(piece))
    }
    const value = concat(parts)
    return {
      ...value,
      from: value.from | template.from | values.reduce((from, item) => from | deepFrom(item), 0),
    }
  }

  function lookup(node: SyntaxNode | null, of: string, key: Value, scope: Scope): void {
    run.fact('lookup', of, [key], node?.start ?? 0, scope)
  }

  function visitCall(node: SyntaxNode, scope: Scope): Value {
    const callee = childOf(node, 'function')
    const isMethod = callee?.type === 'attribute'
    const method = isMethod ? run.source(childOf(callee, 'attribute')) : ''
    const receiver = isMethod ? visit(childOf(callee, 'object'), scope) : null
    const target =
      receiver === null ? visit(callee, scope) : readAttribute(receiver, method, run.source(callee), scope)
    const list = childOf(node, 'arguments')
    const args: Value[] = []
    const named: Named = new Map()
    let spread = 0
    for (const child of list?.type === 'generator_expression' ? [list] : (list?.children ?? [])) {
      if (child.type === 'comment') continue
      if (child.type === 'keyword_argument') {
        named.set(run.source(childOf(child, 'name')), visit(childOf(child, 'value'), scope))
      } else if (child.type === 'dictionary_splat') spread |= deepFrom(visit(child, scope))
      else args.push(visit(child, scope))
    }
    if (spread !== 0) named.set('**', fromValue(spread))
    const name = target.name ?? ''
    if (target.fn !== null) {
      run.call(target.fn, target.fn.parameters[0] === 'self' ? [UNKNOWN, ...args] : args)
      for (const [key, value] of named) run.give(target.fn, key, value)
      return { ...target.fn.result, from: target.fn.result.from }
    }
    // Functions handed on are called by whoever gets them.
    for (const value of [...args, ...named.values()])
      if (value.fn !== null && !value.fn.isRunning)
        run.call(value.fn, /map|filter/.test(name) && args[1] !== undefined ? [elementOf(args[1])] : [])
    report(name, args, named, receiver, node, scope)
    return model(name, method, args, named, receiver, node, scope)
  }

  function report(
    name: string,
    args: Value[],
    named: Named,
    receiver: Value | null,
    node: SyntaxNode,
    scope: Scope,
  ): void {
    const isShell =
      name.startsWith('subprocess.') &&
      named.has('shell') &&
      /\bshell\s*=\s*(?:True|1)\b/.test(run.source(node))
    const [first = named.get('args') ?? UNKNOWN] = args
    if (isShell)
      run.fact(
        'shell',
        name,
        [first.items === null ? first : concat(first.items.flatMap((item) => [item, textValue(' ')]))],
        node.start,
        scope,
        named,
        receiver,
      )
    else run.report(name, args, node.start, scope, named, receiver)
  }

  function model(
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
    const all =
      args.reduce((from, value) => from | deepFrom(value), 0) |
      [...named.values()].reduce((from, value) => from | deepFrom(value), 0)
    switch (bare) {
      case 'getattr': {
        lookup(node, first.name ?? '?', second, scope)
        const key = constantOf(second)
        return key === null
          ? fromValue(passThrough(all))
          : readAttribute(first, key, `${first.name ?? '?'}.${key}`, scope)
      }
      case 'operator.attrgetter':
      case 'operator.methodcaller':
        lookup(node, bare, first, scope)
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
        lookup(node, bare, first, scope)
        return text === null ? UNKNOWN : nameValue(bare === '__import__' ? (text.split('.')[0] ?? '') : text)
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
        return openFile(first, second.text ?? named.get('mode')?.text ?? 'r', node, scope)
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
      const known = callMethod(method, receiver, args, all, node, scope)
      if (known !== null) return known
    }
    const source = run.sourceOf(`${name}()`)
    const isTransform = PYTHON_TRANSFORMS.test(bare) || TRANSFORM_METHODS.test(method)
    const from = isTransform
      ? all | (receiver?.from ?? 0)
      : passThrough(all) | passThrough(receiver?.from ?? 0)
    const kept = from & ~(FROM.argument * (source === 0 ? 0 : 1))
    return { ...UNKNOWN, name: name === '' || name.startsWith('?') ? null : `${name}()`, from: kept | source }
  }

  function callMethod(
    method: string,
    receiver: Value,
    args: Value[],
    all: number,
    node: SyntaxNode,
    scope: Scope,
  ): Value | null {
    const [first = UNKNOWN, second = UNKNOWN] = args
    const own = constantOf(receiver)
    const isFile = receiver.name === '<file>'
    if (isFile && /^(?:write|writelines)$/.test(method)) {
      run.fact('write', 'open().write', [receiver.items?.[0] ?? UNKNOWN, first], node.start, scope)
      return UNKNOWN
    }
    if (isFile) return fromValue(receiver.from)
    if (/^(?:read_text|read_bytes)$/.test(method) && receiver.text !== null)
      return openFile(receiver, 'r', node, scope)
    if (method === 'open' && receiver.text !== null) return openFile(receiver, first.text ?? 'r', node, scope)
    if (/^(?:write_text|write_bytes)$/.test(method)) {
      run.fact('write', 'Path.write_text', [receiver, first], node.start, scope)
      return UNKNOWN
    }
    if (/^(?:expanduser|resolve|absolute|as_posix|__str__)$/.test(method) && receiver.text !== null)
      return receiver
    if (/^(?:glob|rglob|iterdir)$/.test(method) && receiver.text !== null) {
      return {
        ...UNKNOWN,
        items: [concat([receiver, textValue('/'), first.text === null ? textValue(HOLE) : first])],
        from: receiver.from,
      }
    }
    if (method === 'joinpath') return joinPath([receiver, ...args])
    if (method === 'join' && receiver.text !== null) {
      const items =
        first.items ??
        (constantOf(first) === null ? null : Array.from(first.text ?? '').map((letter) => textValue(letter)))
      if (items === null) return fromValue(all)
      const value = concat(items.flatMap((item, index) => (index === 0 ? [item] : [receiver, item])))
      return {
        ...value,
        from: value.from | first.from | (receiver.text === '' && items.length > 1 ? FROM.built : 0),
      }
    }
    if (method === 'format' && receiver.text !== null) return formatText(receiver, args)
    if (method === 'get' && has(receiver, FROM.environment)) return readVariable(constantOf(first), first)
    if (method === 'decode' && own !== null) return { ...receiver, text: toUtf8(own) }
    if (method === 'encode' && own !== null) return receiver
    if (method === 'replace' && own !== null && constantOf(first) !== null && constantOf(second) !== null) {
      return textValue(own.replaceAll(first.text ?? '', second.text ?? ''), receiver.from | FROM.built)
    }
    if (/^(?:strip|lstrip|rstrip)$/.test(method) && own !== null && args.length === 0)
      return { ...receiver, text: own.trim() }
    if (method === 'lower' && own !== null) return { ...receiver, text: own.toLowerCase() }
    if (method === 'upper' && own !== null) return { ...receiver, text: own.toUpperCase() }
    if (method === 'split' && own !== null) {
      const by = constantOf(first)
      return { ...UNKNOWN, items: own.split(by ?? /\s+/).map((part) => textValue(part)), from: receiver.from }
    }
    if (
      /^(?:append|extend|add|update|add_header|add_unredirected_header|set_content|set_payload|attach)$/.test(
        method,
      )
    ) {
      const owner = childOf(childOf(node, 'function') ?? node, 'object')
      if (owner?.type === 'identifier')
        scope.set(run.source(owner), {
          ...receiver,
          items: receiver.items === null || method !== 'append' ? receiver.items : [...receiver.items, first],
          from: receiver.from | all,
        })
      return UNKNOWN
    }
    return null
  }

  function openFile(path: Value, mode: string, node: SyntaxNode, scope: Scope): Value {
    const isRead = !/[wax+]/.test(mode)
    if (isRead) run.fact('read', 'open', [path], node.start, scope)
    const secret = CREDENTIAL_PATH.test(path.text ?? '') ? FROM.credentials : 0
    return { ...UNKNOWN, name: '<file>', items: [path], from: isRead ? FROM.file | secret : 0 }
  }

  function joinPath(parts: readonly Value[]): Value {
    const value = concat(
      parts.flatMap((part, index) =>
        index === 0
          ? [part.text === null ? textValue(HOLE) : part]
          : [textValue('/'), part.text === null ? textValue(HOLE) : part],
      ),
    )
    return { ...value, from: parts.reduce((from, part) => from | part.from, 0) }
  }

  function decoded(value: Value, encoding: Parameters<typeof decodeText>[1], all: number): Value {
    const text = constantOf(value)
    const from = all | FROM.decoded
    const plain = text === null ? null : decodeText(text, encoding)
    return plain === null ? fromValue(from) : textValue(plain, from)
  }
}
