/** What the platform calls itself when it tries an endpoint: it is no client of anybody’s. */
export const CONNECT_TEST_NAME = 'haivemind-connect-test'
