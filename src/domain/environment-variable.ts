/** Which environment variables a server may be given: one rule for archives, requests, `set` and the sandbox itself. */

/**
 * What makes the loader or an interpreter run other code before the program's first line, and what the launcher's shell
 * uses itself (dash ends at an OPTIND that is no number). Not even the platform sets these in a sandbox.
 */
const NEVER_SET =
  /^(?:LD_.*|GLIBC_TUNABLES|GCONV_PATH|BASH_ENV|ENV|BASH_FUNC_.*|PWD|OLDPWD|IFS|OPTIND|PPID|LINENO|HAIVEMIND_.*)$/

/** What the platform sets for a server, or what changes which code its program loads or where it finds its files. */
const NOT_THE_SERVERS =
  /^(?:DYLD_.*|NODE_OPTIONS|NODE_PATH|NODE_REPL_EXTERNAL_MODULE|PYTHONPATH|PYTHONHOME|PYTHONSTARTUP|PYTHONINSPECT|PYTHONUSERBASE|PYTHONEXECUTABLE|PYTHONBREAKPOINT|SHELLOPTS|BASHOPTS|PS4|PERL5.*|RUBYOPT|LOCPATH|NLSPATH|PATH|HOME|TMPDIR)$/

export const MAX_VARIABLE_BYTES = 32_768

/** Why nothing in a sandbox may have this variable, or null. */
export function describeUnusableVariable(name: string): string | null {
  if (!/^[A-Za-z_][A-Za-z0-9_]{0,127}$/.test(name)) return 'is not a variable name ([A-Za-z_][A-Za-z0-9_]*)'
  return NEVER_SET.test(name) ? 'is set by the platform or changes which code is loaded' : null
}

/** Why a server may not be given this variable, or null. */
export function describeRefusedVariable(name: string): string | null {
  if (NOT_THE_SERVERS.test(name)) return 'is set by the platform or changes which code is loaded'
  return describeUnusableVariable(name)
}

/** Why no variable may have this value, or null. Values reach the sandbox in a list that a NUL separates. */
export function describeRefusedValue(value: string): string | null {
  return /[\0\n\r]/.test(value) ? 'holds a line break or a NUL byte' : null
}
