/** JavaScript and TypeScript: follows names and constants through a file and reports what it calls, running nothing. */
import { decodeText, fromCode, hidesLetters, toUtf8, unescape } from './decode.ts'
import { createEvaluation, type Scope } from './evaluation.ts'
import type { FactSink } from './facts.ts'
import { JAVASCRIPT_ROLES, JAVASCRIPT_SOURCES, JAVASCRIPT_TRANSFORMS } from './javascript-names.ts'
import { CREDENTIAL_PATH } from './paths.ts'
import { TRANSFORM_METHODS } from './python-names.ts'
import { childOf, type SyntaxNode } from './syntax.ts'
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

const GLOBALS = /^(?:globalThis|global|window|self|this)\.(?=\w)/
const TOOL_REGISTRATION = /^(?:tool|registerTool|addTool|setRequestHandler)$/
const FUNCTIONS =
  /^(?:arrow_function|function_expression|function_declaration|generator_function|generator_function_declaration|method_definition|function)$/

export function evaluateJavascript(root: SyntaxNode, text: string, sink: FactSink): void {
  const run = createEvaluation(text, sink, { roles: JAVASCRIPT_ROLES, sources: JAVASCRIPT_SOURCES })
  run.passes(root, (node, scope) => visit(node, scope))

  function visit(node: SyntaxNode | null, scope: Scope): Value {
    if (node === null) return UNKNOWN
    run.step()
    switch (node.type) {
      case 'comment':
      case 'type_annotation':
      case 'interface_declaration':
      case 'type_alias_declaration':
        return UNKNOWN
      case 'identifier':
      case 'shorthand_property_identifier':
      case 'undefined':
        return visitName(node, scope)
      case 'this':
        return nameValue('this')
      case 'string':
        return visitString(node)
      case 'template_string':
        return visitTemplate(node, scope)
      case 'number':
        return textValue(run.source(node))
      case 'parenthesized_expression':
      case 'await_expression':
      case 'expression_statement':
      case 'non_null_expression':
      case 'spread_element':
      case 'yield_expression':
      case 'sequence_expression':
      case 'export_statement':
        return visitLast(node, scope)
      case 'as_expression':
      case 'satisfies_expression':
        return visit(node.children[0] ?? null, scope)
      case 'import_statement':
        return visitImport(node, scope)
      case 'variable_declarator': {
        const value = visit(childOf(node, 'value'), scope)
        bind(childOf(node, 'name'), value, scope)
        return value
      }
      case 'assignment_expression': {
        const value = visit(childOf(node, 'right'), scope)
        assign(childOf(node, 'left'), value, scope)
        return value
      }
      case 'augmented_assignment_expression': {
        const target = childOf(node, 'left')
        const value = concat([visit(target, scope), visit(childOf(node, 'right'), scope)])
        assign(target, value, scope)
        return value
      }
      case 'member_expression':
        return readMember(
          visit(childOf(node, 'object'), scope),
          run.source(childOf(node, 'property')),
          run.source(node),
          scope,
        )
      case 'subscript_expression':
        return visitSubscript(node, scope)
      case 'call_expression':
      case 'new_expression':
        return visitCall(node, scope)
      case 'binary_expression':
        return visitBinary(node, scope)
      case 'ternary_expression':
        visit(childOf(node, 'condition'), scope)
        return either(visit(childOf(node, 'consequence'), scope), visit(childOf(node, 'alternative'), scope))
      case 'array': {
        const items = node.children.map((child) => visit(child, scope))
        return { ...UNKNOWN, items, from: items.reduce((from, item) => from | item.from, 0) }
      }
      case 'object':
        return visitObject(node, scope)
      case 'return_statement': {
        const value = visitLast(node, scope)
        run.returned(scope, value)
        return value
      }
      case 'for_in_statement': {
        const value = visit(childOf(node, 'right'), scope)
        bind(childOf(node, 'left'), elementOf(value), scope)
        run.weakly(() => visit(childOf(node, 'body'), scope))
        return UNKNOWN
      }
      case 'if_statement':
      case 'for_statement':
      case 'while_statement':
      case 'do_statement':
      case 'try_statement':
      case 'switch_statement':
        run.weakly(() => visitAll(node, scope))
        return UNKNOWN
      case 'class_declaration':
      case 'class':
        return visitClass(node, scope)
      default:
        if (FUNCTIONS.test(node.type)) return defineFunction(node, scope, false)
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
    if (node.type === 'expression_statement' && node.children[0]?.type === 'string') return UNKNOWN
    for (const child of node.children) if (child.type !== 'comment') value = visit(child, scope)
    return value
  }

  function either(one: Value, other: Value): Value {
    return {
      ...other,
      text: one.text ?? other.text,
      name: one.name ?? other.name,
      from: one.from | other.from,
    }
  }

  function visitName(node: SyntaxNode, scope: Scope): Value {
    const name = run.source(node)
    sink.addIdentifier(name)
    return scope.find(name) ?? run.named(name)
  }

  function visitString(node: SyntaxNode): Value {
    const raw = run.source(node)
    const value = unescape(raw.slice(1, -1))
    run.string(node, value, raw)
    return textValue(value, hidesLetters(raw) ? FROM.built : 0)
  }

  function visitTemplate(node: SyntaxNode, scope: Scope): Value {
    const parts: Value[] = []
    let at = node.start + 1
    for (const child of node.children) {
      if (child.type !== 'template_substitution') continue
      parts.push(textValue(unescape(text.slice(at, child.start))), visit(child.children[0] ?? null, scope))
      at = child.end
    }
    parts.push(textValue(unescape(text.slice(at, node.end - 1))))
    const value = concat(parts)
    run.string(node, value.text ?? '', run.source(node))
    return value
  }

  function stripNode(module: string): string {
    return module.replace(/^node:/, '').replace(/^fs\/promises$/, 'fs.promises')
  }

  function visitImport(node: SyntaxNode, scope: Scope): Value {
    const module = stripNode(unescape(run.source(childOf(node, 'source')).slice(1, -1)))
    const walk = (part: SyntaxNode): void => {
      if (part.type === 'identifier') scope.set(run.source(part), nameValue(module))
      else if (part.type === 'namespace_import')
        scope.set(run.source(part.children[0] ?? null), nameValue(module))
      else if (part.type === 'import_specifier') {
        const name = run.source(childOf(part, 'name'))
        const full = name === 'default' ? module : `${module}.${name}`
        scope.set(run.source(childOf(part, 'alias') ?? childOf(part, 'name')), run.named(full))
      } else if (part.field !== 'source') for (const child of part.children) walk(child)
    }
    for (const child of node.children) walk(child)
    return UNKNOWN
  }

  function bind(target: SyntaxNode | null, value: Value, scope: Scope): void {
    if (target === null) return
    switch (target.type) {
      case 'identifier':
      case 'shorthand_property_identifier_pattern':
        scope.set(
          run.source(target),
          target.type === 'identifier' ? value : memberOf(value, run.source(target), scope),
        )
        return
      case 'object_pattern':
        for (const child of target.children) {
          if (child.type === 'pair_pattern') {
            bind(
              childOf(child, 'value'),
              memberOf(value, keyText(childOf(child, 'key'), scope), scope),
              scope,
            )
          } else if (child.type === 'object_assignment_pattern') {
            bind(child.children[0] ?? null, value, scope)
          } else if (child.type === 'rest_pattern') bind(child.children[0] ?? null, value, scope)
          else bind(child, value, scope)
        }
        return
      case 'array_pattern':
        target.children.forEach((child, index) =>
          bind(child, value.items?.[index] ?? elementOf(value), scope),
        )
        return
      case 'assignment_pattern':
      case 'required_parameter':
      case 'optional_parameter':
        bind(
          childOf(target, 'left') ?? childOf(target, 'pattern') ?? target.children[0] ?? null,
          value,
          scope,
        )
        return
      default:
        if (target.type.endsWith('declaration'))
          for (const child of target.children) bind(childOf(child, 'name'), value, scope)
    }
  }

  function assign(target: SyntaxNode | null, value: Value, scope: Scope): void {
    if (target === null) return
    if (target.type === 'member_expression') {
      const object = visit(childOf(target, 'object'), scope)
      scope.setPath(run.source(target), value)
      taint(childOf(target, 'object'), object, deepFrom(value), scope)
    } else if (target.type === 'subscript_expression') {
      const owner = childOf(target, 'object')
      const key = visit(childOf(target, 'index'), scope)
      taint(owner, visit(owner, scope), deepFrom(value) | (key.from & FROM.environment), scope)
    } else if (target.type === 'identifier') {
      if (!scope.update(run.source(target), value)) scope.set(run.source(target), value)
    } else bind(target, value, scope)
  }

  function taint(owner: SyntaxNode | null, object: Value, from: number, scope: Scope): void {
    if (owner?.type === 'identifier' && from !== 0)
      scope.set(run.source(owner), { ...object, from: object.from | from })
  }

  function keyText(key: SyntaxNode | null, scope: Scope): string {
    if (key === null) return ''
    if (key.type === 'computed_property_name') return constantOf(visit(key.children[0] ?? null, scope)) ?? '?'
    return key.type === 'string' ? unescape(run.source(key).slice(1, -1)) : run.source(key)
  }

  function elementOf(value: Value): Value {
    const chosen = value.items?.find(({ text: path }) => CREDENTIAL_PATH.test(path ?? '')) ?? value.items?.[0]
    if (chosen === undefined) return fromValue(deepFrom(value))
    const isOne = value.items?.length === 1 || CREDENTIAL_PATH.test(chosen.text ?? '')
    return { ...chosen, text: isOne ? chosen.text : null, from: deepFrom(value) }
  }

  function memberOf(object: Value, key: string, scope: Scope): Value {
    return has(object, FROM.environment) && object.name !== null
      ? readVariable(key)
      : readMember(object, key, `?${key}`, scope)
  }

  function readVariable(key: string): Value {
    sink.addVariable(key)
    if (/^(?:HOME|USERPROFILE)$/.test(key)) return textValue('~')
    return { ...UNKNOWN, text: HOLE, from: FROM.variable, name: `env:${key}` }
  }

  function readMember(object: Value, property: string, whole: string, scope: Scope): Value {
    const known = scope.findPath(whole)
    if (known !== null) return known
    const member = object.fields?.get(property)
    if (member !== undefined) return member
    if (object.name !== null && has(object, FROM.environment)) return readVariable(property)
    if (property === 'length') return UNKNOWN
    if (object.name === null)
      return { ...fromValue(object.from), name: `?.${property}`, fn: run.method(property) }
    if (
      /^(?:call|apply|bind|default)$/.test(property) &&
      (object.fn !== null || run.isKnown(object.name) || property === 'default')
    )
      return object
    if (object.name === 'process.mainModule' && property === 'require') return nameValue('require')
    const name = `${object.name}.${property}`.replace(GLOBALS, '').replace(/^module\.require$/, 'require')
    const value = run.named(name)
    const inherited = TRANSFORM_METHODS.test(property) ? object.from : passThrough(object.from)
    return {
      ...value,
      from: value.from | inherited,
      fn: object.name === 'this' ? run.method(property) : null,
    }
  }

  function visitSubscript(node: SyntaxNode, scope: Scope): Value {
    const object = visit(childOf(node, 'object'), scope)
    const index = childOf(node, 'index')
    const key = visit(index, scope)
    const word = constantOf(key)
    if (has(object, FROM.environment)) {
      if (word !== null && object.name !== null) return readVariable(word)
      return fromValue(has(key, FROM.environment) || object.name === null ? object.from : FROM.variable)
    }
    if (word !== null && object.items !== null && /^\d+$/.test(word))
      return object.items[Number(word)] ?? UNKNOWN
    if (word !== null && object.fields !== null) return object.fields.get(word) ?? fromValue(deepFrom(object))
    const own = constantOf(object)
    if (own !== null && word !== null && /^\d+$/.test(word))
      return textValue(own[Number(word)] ?? '', FROM.built)
    if (object.name !== null && word !== null) {
      run.fact('lookup', object.name, [key], index?.start ?? 0, scope)
      return readMember(object, word, `${object.name}.${word}`, scope)
    }
    if (word !== null) return readMember(object, word, `?${word}`, scope)
    return fromValue(passThrough(deepFrom(object)))
  }

  function visitBinary(node: SyntaxNode, scope: Scope): Value {
    const left = visit(childOf(node, 'left'), scope)
    const right = visit(childOf(node, 'right'), scope)
    const operator = run.source(childOf(node, 'operator'))
    if (operator === '||' || operator === '??' || operator === '&&') return either(left, right)
    const isNumber = (value: Value) => value.text !== null && /^(?:0x[\da-f]+|\d+)$/i.test(value.text)
    if (isNumber(left) && isNumber(right)) {
      const [one, other] = [Number(left.text), Number(right.text)]
      const result = {
        '+': one + other,
        '-': one - other,
        '^': one ^ other,
        '*': one * other,
        '%': one % other,
        '&': one & other,
        '|': one | other,
      }[operator]
      return result === undefined ? UNKNOWN : textValue(String(result))
    }
    if (operator !== '+') return fromValue(operator === '^' ? left.from | right.from | FROM.decoded : 0)
    const value = concat([left, right])
    const isSplit = /\w$/.test(constantOf(left) ?? '') && /^\w/.test(constantOf(right) ?? '')
    return isSplit ? { ...value, from: value.from | FROM.built } : value
  }

  function visitObject(node: SyntaxNode, scope: Scope): Value {
    const fields = new Map<string, Value>()
    let from = 0
    for (const child of node.children) {
      if (child.type === 'pair')
        fields.set(keyText(childOf(child, 'key'), scope), visit(childOf(child, 'value'), scope))
      else if (child.type === 'shorthand_property_identifier')
        fields.set(run.source(child), visit(child, scope))
      else if (child.type === 'method_definition') {
        const fn = defineFunction(child, scope, false)
        fields.set(run.source(childOf(child, 'name')), fn)
      } else from |= deepFrom(visit(child, scope))
    }
    return { ...UNKNOWN, fields, from }
  }

  function visitClass(node: SyntaxNode, scope: Scope): Value {
    for (const child of node.children) if (child.type === 'class_heritage') visitAll(child, scope)
    const inner = scope.child(node)
    inner.isClass = true
    for (const member of childOf(node, 'body')?.children ?? []) {
      if (member.type === 'method_definition')
        run.addMethod(run.source(childOf(member, 'name')), functionOf(member, inner, false))
      else if (member.type.endsWith('field_definition')) {
        inner.setPath(
          `this.${run.source(childOf(member, 'property') ?? childOf(member, 'name'))}`,
          visit(childOf(member, 'value'), inner),
        )
      } else visitAll(member, inner)
    }
    return UNKNOWN
  }

  function parametersOf(node: SyntaxNode): readonly SyntaxNode[] {
    const single = childOf(node, 'parameter')
    if (single !== null) return [single]
    return (childOf(node, 'parameters')?.children ?? []).filter(({ type }) => type !== 'comment')
  }

  function functionOf(node: SyntaxNode, scope: Scope, isTool: boolean) {
    const parameters = parametersOf(node)
    const names = parameters.map((parameter) => {
      const pattern = childOf(parameter, 'pattern') ?? parameter
      return pattern.type === 'identifier' ? run.source(pattern) : `?${parameter.start}`
    })
    const fn = run.define(
      node,
      names,
      scope,
      (inner) => {
        parameters.forEach((parameter, index) => {
          const value = inner.find(names[index] ?? '') ?? UNKNOWN
          // A parameter that nobody passed is not the global of that name.
          bind(parameter, value, inner)
        })
        return visit(childOf(node, 'body'), inner)
      },
      isTool,
    )
    return fn
  }

  function defineFunction(node: SyntaxNode, scope: Scope, isTool: boolean): Value {
    const fn = functionOf(node, scope, isTool)
    const value = { ...UNKNOWN, fn }
    const name = childOf(node, 'name')
    if (name !== null && node.type.endsWith('declaration')) scope.set(run.source(name), value)
    return value
  }

  function visitCall(node: SyntaxNode, scope: Scope): Value {
    const callee = unwrap(childOf(node, 'function') ?? childOf(node, 'constructor'))
    const isMember = callee?.type === 'member_expression'
    const method = isMember ? run.source(childOf(callee, 'property')) : ''
    const receiver = isMember ? visit(childOf(callee, 'object'), scope) : null
    const target =
      receiver === null ? visit(callee, scope) : readMember(receiver, method, run.source(callee), scope)
    const name = (callee?.type === 'import' ? 'import' : (target.name ?? '')).replace(GLOBALS, '')
    const isTool =
      TOOL_REGISTRATION.test(name.slice(name.lastIndexOf('.') + 1)) || TOOL_REGISTRATION.test(method)
    const list = childOf(node, 'arguments')
    const nodes =
      list?.type === 'template_string'
        ? [list]
        : (list?.children ?? []).filter(({ type }) => type !== 'comment')
    const args = nodes.map((child) =>
      isTool && FUNCTIONS.test(child.type) ? defineFunction(child, scope, true) : visit(child, scope),
    )
    if (target.fn !== null) {
      run.call(target.fn, args)
      return target.fn.result
    }
    if (receiver !== null && receiver.fn !== null && /^(?:call|apply)$/.test(method)) {
      run.call(receiver.fn, args.slice(1))
      return receiver.fn.result
    }
    callBack(method, name, receiver, args)
    report(name, method, args, node, scope, receiver)
    return model(name, method, args, receiver, node, scope)
  }

  function unwrap(node: SyntaxNode | null): SyntaxNode | null {
    if (node?.type !== 'parenthesized_expression') return node
    const inner = node.children.at(-1) ?? null
    // (0, eval)(…)
    return inner?.type === 'sequence_expression' ? (inner.children.at(-1) ?? null) : inner
  }

  /** What a function gets that is handed on: the data of what it is handed to. */
  function callBack(method: string, name: string, receiver: Value | null, args: readonly Value[]): void {
    const source = run.sourceOf(`${name}()`)
    const from = (receiver?.from ?? 0) | source
    for (const value of args) {
      if (value.fn === null || value.fn.isRunning) continue
      const isReader = /^(?:readFile|exec|execFile|readdir|lookup)$/.test(method)
      const given =
        receiver?.items?.[0] !== undefined && /^(?:map|forEach|filter|some|reduce|flatMap)$/.test(method)
          ? elementOf(receiver)
          : fromValue(from)
      const path = isReader && CREDENTIAL_PATH.test(args[0]?.text ?? '') ? FROM.credentials | FROM.file : 0
      run.call(value.fn, isReader ? [UNKNOWN, fromValue(from | path)] : [given])
    }
  }

  function report(
    name: string,
    method: string,
    args: readonly Value[],
    node: SyntaxNode,
    scope: Scope,
    receiver: Value | null,
  ): void {
    const [first = UNKNOWN] = args
    if (/^(?:setTimeout|setInterval)$/.test(name) && first.text !== null)
      return run.fact('eval', name, args, node.start, scope)
    if (/^(?:Function|AsyncFunction|GeneratorFunction)$|constructor$/.test(name)) {
      const code = args.at(-1)
      if (code !== undefined && code.text === null && code.from === 0) return
      return run.fact('eval', name, [code ?? UNKNOWN], node.start, scope)
    }
    if (
      /^child_process\.(?:spawn|spawnSync|execFile|execFileSync)$/.test(name) &&
      args.some((arg) => arg.fields?.has('shell') === true && !/shell:\s*false/.test(run.source(node)))
    ) {
      return run.fact(
        'shell',
        name,
        [
          concat([
            first,
            textValue(' '),
            ...(args[1]?.items ?? []).flatMap((item) => [item, textValue(' ')]),
          ]),
        ],
        node.start,
        scope,
      )
    }
    const inline = /^data:(?:text|application)\/javascript[^,]*?(;base64)?,([\s\S]*)$/.exec(first.text ?? '')
    if (name === 'import' && inline !== null) {
      const body = textValue(inline[2] ?? '', first.from)
      const code =
        inline[1] === undefined ? decoded(body, 'url', first.from) : decoded(body, 'base64', first.from)
      return run.fact('eval', name, [code], node.start, scope)
    }
    if (
      name === 'import' &&
      (first.text?.startsWith('data:') === true || (deepFrom(first) & (FROM.decoded | FROM.network)) !== 0)
    ) {
      run.fact('eval', name, args, node.start, scope)
    }
    if (/(?:^|\.)Worker$/.test(name) && args[1]?.fields?.has('eval') === true)
      return run.fact('eval', name, args, node.start, scope)
    if (name === 'require' || name === 'import' || /(?:^|\.)createRequire\(\)$/.test(name))
      return run.fact('lookup', 'require', args, node.start, scope)
    const shown = name.startsWith('?.') && method !== '' ? name : name
    run.report(shown, args, node.start, scope, new Map(), receiver)
  }

  function model(
    name: string,
    method: string,
    args: readonly Value[],
    receiver: Value | null,
    node: SyntaxNode,
    scope: Scope,
  ): Value {
    const [first = UNKNOWN, second = UNKNOWN] = args
    const word = constantOf(first)
    const all = args.reduce((from, value) => from | deepFrom(value), 0)
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
          : readMember(first, second.text ?? '', `?${second.text ?? ''}`, scope)
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
        return concat(
          args.flatMap((part, index) =>
            index === 0
              ? [part.text === null ? textValue(HOLE) : part]
              : [textValue('/'), part.text === null ? textValue(HOLE) : part],
          ),
        )
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
      return fromValue(FROM.file | (CREDENTIAL_PATH.test(first.text ?? '') ? FROM.credentials : 0))
    }
    if (receiver !== null) {
      const known = callMethod(method, receiver, args, all)
      if (known !== null) return known
    }
    const source = run.sourceOf(`${name}()`)
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

  function callMethod(method: string, receiver: Value, args: readonly Value[], all: number): Value | null {
    const [first = UNKNOWN, second = UNKNOWN] = args
    const own = constantOf(receiver)
    if (method === 'toString' && own !== null) {
      const encoding = constantOf(first)
      if (encoding === 'hex' || encoding === 'base64') return fromValue(receiver.from)
      return { ...receiver, name: null, text: has(receiver, FROM.decoded) ? toUtf8(own) : own }
    }
    if (method === 'join' && receiver.items !== null) {
      const by = first.text === null ? textValue(args.length === 0 ? ',' : HOLE) : first
      const value = concat(receiver.items.flatMap((item, index) => (index === 0 ? [item] : [by, item])))
      return {
        ...value,
        from: value.from | receiver.from | (by.text === '' && receiver.items.length > 1 ? FROM.built : 0),
      }
    }
    if (method === 'split' && own !== null && constantOf(first) !== null) {
      return {
        ...UNKNOWN,
        items: own
          .slice(0, 65_536)
          .split(first.text ?? '')
          .map((part) => textValue(part)),
        from: receiver.from,
      }
    }
    if (method === 'reverse' && receiver.items !== null)
      return { ...receiver, items: receiver.items.toReversed(), from: receiver.from | FROM.built }
    if (method === 'map' && receiver.items !== null && receiver.items.length <= 4096 && first.fn !== null)
      return mapItems(receiver, first)
    if (method === 'concat')
      return receiver.items === null
        ? concat([receiver, ...args])
        : { ...receiver, items: [...receiver.items, ...args.flatMap((arg) => arg.items ?? [arg])] }
    if (method === 'replace' || method === 'replaceAll') {
      if (own !== null && constantOf(first) !== null && constantOf(second) !== null)
        return textValue(own.replaceAll(first.text ?? '', second.text ?? ''), receiver.from | FROM.built)
      return { ...receiver, text: own === null ? receiver.text : HOLE, from: receiver.from | all }
    }
    if (method === 'trim' && own !== null) return { ...receiver, text: own.trim() }
    if (method === 'toLowerCase' && own !== null) return { ...receiver, text: own.toLowerCase() }
    if (/^(?:slice|substring|substr)$/.test(method) && own !== null && /^-?\d+$/.test(first.text ?? '')) {
      const end = /^-?\d+$/.test(second.text ?? '') ? Number(second.text) : undefined
      return textValue(
        method === 'substr' && end !== undefined
          ? own.slice(Number(first.text), Number(first.text) + end)
          : own.slice(Number(first.text), end),
        receiver.from,
      )
    }
    return null
  }

  /** [104, 105].map((c) => String.fromCharCode(c)), by the one thing that is done so. */
  function mapItems(receiver: Value, callback: Value): Value {
    const source = run.source(callback.fn?.node ?? null)
    const items = receiver.items ?? []
    const xor = /\^\s*(0x[\da-f]+|\d+)/i.exec(source)?.[1]
    const minus = /-\s*(\d+)\s*\)/.exec(source)?.[1]
    if (/fromC(?:harCode|odePoint)/.test(source)) {
      const shift = (code: number) =>
        xor !== undefined ? code ^ Number(xor) : minus !== undefined ? code - Number(minus) : code
      const isHex = /parseInt\([^)]*16\)/.test(source)
      const letters = items.map(({ text: code }) => {
        const value = isHex ? Number.parseInt(code ?? '', 16) : Number(code)
        return textValue(Number.isNaN(value) ? HOLE : fromCode(shift(value)))
      })
      return { ...UNKNOWN, items: letters, from: receiver.from | FROM.built | FROM.decoded }
    }
    return fromValue(deepFrom(receiver) | deepFrom(callback.fn?.result ?? UNKNOWN))
  }

  function decoded(value: Value, encoding: Parameters<typeof decodeText>[1], all: number): Value {
    const word = constantOf(value)
    const plain = word === null ? null : decodeText(word, encoding)
    return plain === null ? fromValue(all | FROM.decoded) : textValue(plain, all | FROM.decoded)
  }
}
