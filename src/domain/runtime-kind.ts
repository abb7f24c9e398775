/** What a hosted server is written in; the interpreters the sandbox can offer. */
export const RUNTIME_KINDS = ['python', 'node', 'bash'] as const
export type RuntimeKind = (typeof RUNTIME_KINDS)[number]
