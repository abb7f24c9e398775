/** The revision that this page speaks. */
export const MCP_VERSION = '2026-07-28'
