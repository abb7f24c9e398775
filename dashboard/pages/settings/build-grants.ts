import type { Grant, Scope } from '../../../src/domain/principal.ts'

/** `mcp:call` gives way to the narrower grants of the lines; a line may have the prefix already. */
export function buildGrants(scopes: readonly Scope[], lines: string): readonly Grant[] {
  const places = lines
    .split(/\s+/)
    .map((line) => line.replace(/^mcp:call:/, ''))
    .filter((line) => line !== '')
  if (!scopes.includes('mcp:call') || places.length === 0) return scopes
  return [
    ...scopes.filter((scope) => scope !== 'mcp:call'),
    ...new Set(places.map((place) => `mcp:call:${place}`)),
  ]
}
