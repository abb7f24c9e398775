/** Python: follows names and constants through a file and reports what it calls, without running any of it. */
import { createReader, type Reader, type Scope } from '../evaluation.ts'
import type { FactSink } from '../facts.ts'
import { either, elementOf, listValue, visitAll, visitLast } from '../origins.ts'
import { PYTHON_ROLES, PYTHON_SOURCES } from './python-names.ts'
import { assign, readAttribute, visitImport, visitImportFrom, visitName } from './bindings.ts'
import { visitCall } from './calls.ts'
import { visitComprehension } from './comprehensions.ts'
import { defineFunction, parameterNames, visitClass, visitDecorated } from './definitions.ts'
import { visitBinary, visitDictionary, visitString, visitSubscript } from './expressions.ts'
import { childOf, type SyntaxNode } from '../syntax.ts'
import { concat, fromValue, passThrough, textValue, UNKNOWN, type Value } from '../value.ts'

export function evaluatePython(root: SyntaxNode, text: string, sink: FactSink): void {
  const run = createReader(text, sink, { roles: PYTHON_ROLES, sources: PYTHON_SOURCES }, visit)
  run.passes(root, (node, scope) => run.visit(node, scope))
}

function visit(run: Reader, node: SyntaxNode, scope: Scope): Value {
  switch (node.type) {
    case 'comment':
      return UNKNOWN
    case 'identifier':
      return visitName(run, node, scope)
    case 'string':
      return visitString(run, node, scope)
    case 'concatenated_string':
      return concat(node.children.map((child) => run.visit(child, scope)))
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
      return visitLast(run, node, scope)
    case 'import_statement':
      return visitImport(run, node, scope)
    case 'import_from_statement':
      return visitImportFrom(run, node, scope)
    case 'assignment':
    case 'named_expression': {
      const value = run.visit(childOf(node, 'right') ?? childOf(node, 'value'), scope)
      assign(run, childOf(node, 'left') ?? childOf(node, 'name'), value, scope)
      return value
    }
    case 'augmented_assignment': {
      const target = childOf(node, 'left')
      const value = concat([run.visit(target, scope), run.visit(childOf(node, 'right'), scope)])
      assign(run, target, value, scope)
      return value
    }
    case 'attribute':
      return readAttribute(
        run,
        run.visit(childOf(node, 'object'), scope),
        run.source(childOf(node, 'attribute')),
        run.source(node),
        scope,
      )
    case 'subscript':
      return visitSubscript(run, node, scope)
    case 'call':
      return visitCall(run, node, scope)
    case 'binary_operator':
      return visitBinary(run, node, scope)
    case 'boolean_operator':
    case 'conditional_expression':
      return node.children.map((child) => run.visit(child, scope)).reduce(either, UNKNOWN)
    case 'list':
    case 'tuple':
    case 'set':
    case 'expression_list': {
      const items = node.children.map((child) => run.visit(child, scope))
      return listValue(items)
    }
    case 'list_splat':
    case 'dictionary_splat':
      return visitLast(run, node, scope)
    case 'dictionary':
      return visitDictionary(run, node, scope)
    case 'list_comprehension':
    case 'set_comprehension':
    case 'generator_expression':
    case 'dictionary_comprehension':
      return visitComprehension(run, node, scope)
    case 'lambda':
      return {
        ...UNKNOWN,
        fn: run.define(node, parameterNames(run, node), scope, (inner) =>
          run.visit(childOf(node, 'body'), inner),
        ),
      }
    case 'function_definition':
      return defineFunction(run, node, scope, false)
    case 'decorated_definition':
      return visitDecorated(run, node, scope)
    case 'class_definition':
      return visitClass(run, node, scope)
    case 'return_statement': {
      const value = visitLast(run, node, scope)
      run.returned(scope, value)
      return value
    }
    case 'for_statement': {
      const value = run.visit(childOf(node, 'right'), scope)
      assign(run, childOf(node, 'left'), elementOf(value), scope)
      run.weakly(() => run.visit(childOf(node, 'body'), scope))
      return UNKNOWN
    }
    case 'if_statement':
    case 'while_statement':
    case 'try_statement':
    case 'match_statement':
      run.weakly(() => visitAll(run, node, scope))
      return UNKNOWN
    case 'as_pattern': {
      const value = run.visit(node.children[0] ?? null, scope)
      const alias = childOf(node, 'alias')
      assign(run, alias?.children[0] ?? alias, value, scope)
      return value
    }
    default:
      return fromValue(passThrough(visitAll(run, node, scope)))
  }
}
