import type { DefinitionRecords } from '../../src/gateway/ports.ts'

/** Servers that are held to nothing. */
export const heldToNothing: DefinitionRecords = {
  of: () => ({
    mode: 'off',
    load: () => Promise.resolve(),
    screen: (definitions) => definitions.map(() => true),
    decide: () => Promise.resolve(),
    isDisabled: () => false,
    isWithheld: () => false,
    onChanged: () => {},
    close: () => {},
  }),
}
