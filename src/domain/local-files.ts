/** Files of the data directory that the daemon writes at each start and the command line reads. */

/** A token for the directory's owner, mode 0600: whoever may read it needs no login. It dies with that run. */
export const CLI_TOKEN_FILE = 'cli-token'

/** Where the daemon listens, for as long as it does: the port may be chosen by the system or set for it alone. */
export const ADDRESS_FILE = 'address'

/** The code that makes the first administrator, mode 0600, for as long as it is valid. */
export const SETUP_CODE_FILE = 'setup-code'
