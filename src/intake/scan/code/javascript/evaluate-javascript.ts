/** JavaScript and TypeScript: follows names and constants through a file and reports what it calls, running nothing. */
import { createReader, type Reader, type Scope } from '../evaluation.ts'
import type { FactSink } from '../facts.ts'
import { JAVASCRIPT_ROLES, JAVASCRIPT_SOURCES } from './javascript-names.ts'
import { assign, bind, readMember, visitImport, visitName } from './bindings.ts'
import { visitCall } from './calls.ts'
import { defineFunction, FUNCTIONS, visitClass } from './definitions.ts'
import { visitBinary, visitObject, visitString, visitSubscript, visitTemplate } from './expressions.ts'
import { either, elementOf, listValue, visitAll, visitLast } from '../origins.ts'
import { childOf, type SyntaxNode } from '../syntax.ts'
import { concat, fromValue, nameValue, passThrough, textValue, UNKNOWN, type Value } from '../value.ts'

export function evaluateJavascript(root: SyntaxNode, text: string, sink: FactSink): void {
  const run = createReader(text, sink, { roles: JAVASCRIPT_ROLES, sources: JAVASCRIPT_SOURCES }, visit)
  run.passes(root, (node, scope) => run.visit(node, scope))
}

function visit(run: Reader, node: SyntaxNode, scope: Scope): Value {
  switch (node.type) {
    case 'comment':
    case 'type_annotation':
    case 'interface_declaration':
    case 'type_alias_declaration':
      return UNKNOWN
    case 'identifier':
    case 'shorthand_property_identifier':
    case 'undefined':
      return visitName(run, node, scope)
    case 'this':
      return nameValue('this')
    case 'string':
      return visitString(run, node)
    case 'template_string':
      return visitTemplate(run, node, scope)
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
      return visitLast(run, node, scope)
    case 'as_expression':
    case 'satisfies_expression':
      return run.visit(node.children[0] ?? null, scope)
    case 'import_statement':
      return visitImport(run, node, scope)
    case 'variable_declarator': {
      const value = run.visit(childOf(node, 'value'), scope)
      bind(run, childOf(node, 'name'), value, scope)
      return value
    }
    case 'assignment_expression': {
      const value = run.visit(childOf(node, 'right'), scope)
      assign(run, childOf(node, 'left'), value, scope)
      return value
    }
    case 'augmented_assignment_expression': {
      const target = childOf(node, 'left')
      const value = concat([run.visit(target, scope), run.visit(childOf(node, 'right'), scope)])
      assign(run, target, value, scope)
      return value
    }
    case 'member_expression':
      return readMember(
        run,
        run.visit(childOf(node, 'object'), scope),
        run.source(childOf(node, 'property')),
        run.source(node),
        scope,
      )
    case 'subscript_expression':
      return visitSubscript(run, node, scope)
    case 'call_expression':
    case 'new_expression':
      return visitCall(run, node, scope)
    case 'binary_expression':
      return visitBinary(run, node, scope)
    case 'ternary_expression':
      run.visit(childOf(node, 'condition'), scope)
      return either(
        run.visit(childOf(node, 'consequence'), scope),
        run.visit(childOf(node, 'alternative'), scope),
      )
    case 'array': {
      const items = node.children.map((child) => run.visit(child, scope))
      return listValue(items)
    }
    case 'object':
      return visitObject(run, node, scope)
    case 'return_statement': {
      const value = visitLast(run, node, scope)
      run.returned(scope, value)
      return value
    }
    case 'for_in_statement': {
      const value = run.visit(childOf(node, 'right'), scope)
      bind(run, childOf(node, 'left'), elementOf(value), scope)
      run.weakly(() => run.visit(childOf(node, 'body'), scope))
      return UNKNOWN
    }
    case 'if_statement':
    case 'for_statement':
    case 'while_statement':
    case 'do_statement':
    case 'try_statement':
    case 'switch_statement':
      run.weakly(() => visitAll(run, node, scope))
      return UNKNOWN
    case 'class_declaration':
    case 'class':
      return visitClass(run, node, scope)
    default:
      if (FUNCTIONS.test(node.type)) return defineFunction(run, node, scope, false)
      return fromValue(passThrough(visitAll(run, node, scope)))
  }
}
