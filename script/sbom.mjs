/**
 * What the package is made of, as CycloneDX JSON on stdout: every package of the lock file that ships, and with the list
 * that the dashboard's build writes as argument those that stand in its scripts. `npm sbom --omit dev` leaves out both the
 * latter and those that a development dependency uses as well.
 */
import { readFileSync } from 'node:fs'

const read = (path) => JSON.parse(readFileSync(new URL(`../${path}`, import.meta.url), 'utf8'))
const { name, version, dependencies } = read('package.json')
const { packages } = read('package-lock.json')
const nameOf = (path) => path.replace(/^.*node_modules\//, '')
const built = process.argv[2] === undefined ? [] : JSON.parse(readFileSync(process.argv[2], 'utf8'))
const isBuiltIn = (path, entry) =>
  built.some((one) => one.name === nameOf(path) && one.version === entry.version)
const shipped = Object.entries(packages).filter(
  ([path, entry]) => path !== '' && ((!entry.dev && !entry.devOptional) || isBuiltIn(path, entry)),
)
for (const { name: wanted, version: at } of built) {
  if (!shipped.some(([path, entry]) => nameOf(path) === wanted && entry.version === at))
    throw new Error(`the lock file has no ${wanted}@${at}, which the dashboard is built of`)
}
/** In the scripts of the dashboard, not beside them. */
const inScripts = shipped.filter(([, { dev, devOptional }]) => dev || devOptional)

const purlOf = (of, at) => `pkg:npm/${of.replace('@', '%40')}@${at}`
/** Node's own search: the nearest folder that has it. */
const find = (from, wanted) => {
  for (let at = from; ; at = at.slice(0, Math.max(0, at.lastIndexOf('/node_modules/')))) {
    const path = `${at === '' ? '' : `${at}/`}node_modules/${wanted}`
    if (packages[path] !== undefined) return path
    if (at === '' || !at.includes('/node_modules/'))
      return packages[`node_modules/${wanted}`] ? `node_modules/${wanted}` : null
  }
}
const refOf = (path) => purlOf(nameOf(path), packages[path].version)
const dependsOn = (from, wanted) =>
  Object.keys(wanted ?? {})
    .map((one) => find(from, one))
    .filter((path) => path !== null)
    .map(refOf)
    .sort()

const refs = new Set(shipped.map(([path]) => refOf(path)))

const own = purlOf(name, version)
const bom = {
  $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
  bomFormat: 'CycloneDX',
  specVersion: '1.6',
  version: 1,
  metadata: { component: { type: 'application', 'bom-ref': own, name, version, purl: own } },
  components: shipped.map(([path, entry]) => ({
    type: 'library',
    'bom-ref': refOf(path),
    name: nameOf(path),
    version: entry.version,
    purl: refOf(path),
    licenses: [{ license: { id: entry.license } }],
    hashes: [
      {
        alg: 'SHA-512',
        content: Buffer.from(entry.integrity.replace('sha512-', ''), 'base64').toString('hex'),
      },
    ],
  })),
  dependencies: [
    {
      ref: own,
      dependsOn: [...dependsOn('', dependencies), ...inScripts.map(([path]) => refOf(path))].sort(),
    },
    ...shipped.map(([path, entry]) => ({
      ref: refOf(path),
      // What the build left out of the scripts does not ship.
      dependsOn: dependsOn(path, entry.dependencies).filter((ref) => refs.has(ref)),
    })),
  ],
}
process.stdout.write(`${JSON.stringify(bom, null, 2)}\n`)
