/**
 * Where npm, pip and uv look when nobody told them otherwise: their own built-in defaults. They stand here because a job
 * reaches only the hosts it is given. Whatever the operator configured comes first.
 */
export const PUBLIC_NPM_REGISTRY = 'https://registry.npmjs.org/'
export const PUBLIC_PYTHON_INDEX = 'https://pypi.org/simple'

/** An index may keep its files on another host; every index that is not named here is taken to serve its own. */
export const FILE_HOSTS: Readonly<Record<string, string>> = { 'pypi.org': 'files.pythonhosted.org' }
