/** What evaluators share: scopes, functions, and passes over the file until what calls give has arrived. */
import { unescape } from './decode.ts'
import type { FactSink, Role } from './facts.ts'
import type { SyntaxNode } from './syntax.ts'
import { deepFrom, fromValue, FROM, join, UNKNOWN, type Fn, type Value } from './value.ts'

export interface Scope {
  isClass: boolean
  readonly fn: Fn | null
  find(name: string): Value | null
  set(name: string, value: Value): void
  /** Where it was declared, so that every function sees it. */
  update(name: string, value: Value): boolean
  /** `self.x`, `a.b`: by the text of the whole. */
  findPath(path: string): Value | null
  setPath(path: string, value: Value): void
  /** The same one for the same node, in every pass. */
  child(node: SyntaxNode, fn?: Fn): Scope
}

function hasBlock(node: SyntaxNode): boolean {
  return node.children.some(({ type }) => type === 'statement_block')
}

export class OutOfTime extends Error {}

/** What calls give arrives in the second pass, what comes back of it in the third. */
const PASSES = 3
const MAX_STEPS = 6_000_000
const CHECK_EVERY = 4096

export function createEvaluation(
  text: string,
  sink: FactSink,
  names: {
    readonly roles: readonly (readonly [RegExp, Role])[]
    readonly sources: readonly (readonly [RegExp, number])[]
  },
) {
  const roleCache = new Map<string, Role | null>()
  const sourceCache = new Map<string, number>()
  const functions = new Map<SyntaxNode, Fn>()
  const tools = new Set<Fn>()
  const methods = new Map<string, Fn | null>()
  let isReporting = false
  let weak = 0
  let steps = 0
  const paths = new Set<string>()
  const hasOddNames = /\\u|[^\x00-\x7F]/.test(text)

  const roleOf = (name: string): Role | null => {
    let role = roleCache.get(name)
    if (role === undefined) {
      role = names.roles.find(([pattern]) => pattern.test(name))?.[1] ?? null
      roleCache.set(name, role)
    }
    return role
  }
  const sourceOf = (name: string): number => {
    let from = sourceCache.get(name)
    if (from === undefined) {
      from = names.sources.reduce((sum, [pattern, origin]) => (pattern.test(name) ? sum | origin : sum), 0)
      sourceCache.set(name, from)
    }
    return from
  }

  function createScope(parent: Scope | null, fn: Fn | null): Scope {
    const variables = new Map<string, Value>()
    const children = new Map<SyntaxNode, Scope>()
    const scope: Scope = {
      isClass: false,
      fn,
      find: (name) => variables.get(name) ?? parent?.find(name) ?? null,
      set(name, value) {
        const before = weak > 0 ? variables.get(name) : undefined
        variables.set(name, before === undefined ? value : join(before, value))
      },
      update(name, value) {
        const before = variables.get(name)
        if (before === undefined) return parent?.update(name, value) ?? false
        variables.set(name, weak > 0 || fn !== null ? join(before, value) : value)
        return true
      },
      // Most are set nowhere, and each would be looked for in every scope.
      findPath: (path) =>
        paths.has(path) ? (variables.get(`.${path}`) ?? parent?.findPath(path) ?? null) : null,
      setPath(path, value) {
        paths.add(path)
        // Where the object is told apart by its class, every method has to see it.
        const owner = /^(?:self|this)\./.test(path) && parent !== null ? parent : null
        if (owner !== null) owner.setPath(path, value)
        else variables.set(`.${path}`, join(variables.get(`.${path}`) ?? UNKNOWN, value))
      },
      child(node, own) {
        const known = children.get(node)
        if (known !== undefined) return known
        const made = createScope(scope, own ?? fn)
        children.set(node, made)
        return made
      },
    }
    return scope
  }

  const run = {
    source(node: SyntaxNode | null): string {
      if (node === null) return ''
      const raw = text.slice(node.start, node.end)
      // Names are what they are read as: Python folds them (PEP 3131), JavaScript lets them be escaped.
      return hasOddNames && node.type.includes('identifier') ? unescape(raw).normalize('NFKC') : raw
    },
    step(): void {
      if (++steps % CHECK_EVERY === 0 && steps > MAX_STEPS) throw new OutOfTime()
    },
    sink,
    text,
    passes(root: SyntaxNode, visit: (node: SyntaxNode, scope: Scope) => Value): void {
      const top = createScope(null, null)
      for (let pass = 1; pass <= PASSES; pass++) {
        // Where nothing leaves, runs or writes, what calls give cannot matter: most files of a library.
        isReporting = pass === 1 || pass === PASSES
        if (pass === PASSES) sink.clear()
        for (const child of root.children) visit(child, top)
        for (const fn of tools) run.fact('answer', '', [fn.result], fn.node.start, top)
        if (pass === 1 && tools.size === 0 && !sink.needsOrigins()) return
      }
    },
    weakly(work: () => void): void {
      weak++
      work()
      weak--
    },
    /** A name as it stands, with where it comes from. */
    named: (name: string): Value => ({ ...UNKNOWN, name, from: sourceOf(name) }),
    isKnown: (name: string): boolean => roleOf(name) !== null,
    /** It is a program or a shell that is started. */
    starts: (name: string): boolean => /^(?:spawn|shell)$/.test(roleOf(name) ?? ''),
    sourceOf,
    string(node: SyntaxNode, value: string, raw: string): void {
      if (isReporting) sink.addString({ text: value, raw, at: node.start })
    },
    fact(
      role: Role,
      name: string,
      args: readonly Value[],
      at: number,
      scope: Scope,
      named: ReadonlyMap<string, Value> = new Map(),
      receiver: Value | null = null,
    ): void {
      if (isReporting) sink.add({ role, name, args, named, receiver, at, isTop: scope.fn === null })
    },
    report(
      name: string,
      args: readonly Value[],
      at: number,
      scope: Scope,
      named: ReadonlyMap<string, Value>,
      receiver: Value | null,
    ): void {
      if (name !== '') run.fact(roleOf(name) ?? 'call', name, args, at, scope, named, receiver)
    },
    define(
      node: SyntaxNode,
      parameters: readonly string[],
      scope: Scope,
      body: (inner: Scope) => Value,
      isTool = false,
    ): Fn {
      let fn = functions.get(node)
      if (fn === undefined) {
        fn = { node, parameters, given: [], result: UNKNOWN, isRunning: false }
        functions.set(node, fn)
        if (isTool) tools.add(fn)
      }
      const inner = scope.child(node, fn)
      const origin = isTool ? FROM.argument : 0
      parameters.forEach((name, index) => {
        const given = fn.given[index] ?? UNKNOWN
        inner.set(name, { ...given, from: given.from | origin, ...(name === 'self' ? { name } : {}) })
      })
      if (!fn.isRunning) {
        fn.isRunning = true
        const outer = weak
        weak = 0
        const value = body(inner)
        weak = outer
        // A body that is an expression is its own result.
        if (value !== UNKNOWN && /lambda|arrow/.test(node.type) && !hasBlock(node))
          fn.result = join(fn.result, value)
        fn.isRunning = false
      }
      return fn
    },
    /** A function that a tool is made of, wherever it was written. */
    serve(fn: Fn): void {
      tools.add(fn)
      fn.parameters.forEach((_, index) => {
        const given = fn.given[index] ?? UNKNOWN
        fn.given[index] = { ...given, from: given.from | FROM.argument }
      })
    },
    returned(scope: Scope, value: Value): void {
      if (scope.fn !== null) scope.fn.result = join(fromValue(deepFrom(scope.fn.result)), value)
    },
    call(fn: Fn, args: readonly Value[]): void {
      args.forEach((value, index) => {
        fn.given[index] = join(fn.given[index] ?? UNKNOWN, value)
      })
    },
    give(fn: Fn, name: string, value: Value): void {
      const index = fn.parameters.indexOf(name)
      if (index >= 0) fn.given[index] = join(fn.given[index] ?? UNKNOWN, value)
    },
    /** Methods by their name alone: what `x.send` is, when only one class here has it. */
    addMethod(name: string, fn: Fn): void {
      const known = methods.get(name)
      methods.set(name, known === undefined || known === fn ? fn : null)
    },
    method: (name: string): Fn | null => methods.get(name) ?? null,
  }
  return run
}

export type Evaluation = ReturnType<typeof createEvaluation>
/** An evaluation whose parts stand in several files: each gets it, and comes back through `visit`. */
export type Reader = Evaluation & { visit(node: SyntaxNode | null, scope: Scope): Value }

export function createReader(
  text: string,
  sink: FactSink,
  names: Parameters<typeof createEvaluation>[2],
  visit: (run: Reader, node: SyntaxNode, scope: Scope) => Value,
): Reader {
  const run: Reader = {
    ...createEvaluation(text, sink, names),
    visit(node, scope) {
      if (node === null) return UNKNOWN
      run.step()
      return visit(run, node, scope)
    },
  }
  return run
}
