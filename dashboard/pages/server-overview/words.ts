export const SERVER_WORDS = {
  endpoint: 'Endpoint',
} as const
