import type { Oracle } from './sight.ts'

export const i02: Oracle = {
  id: 'I2',
  rule: 'an unacknowledged deployment is fully there or fully absent',
  judge: ({ versions, trees, temporary, openOperations, uploads }) => [
    ...versions
      .filter(({ files }) => files === null)
      .map(({ server, number }) => `version ${number} of ${server} has no files`),
    ...versions
      .filter(({ archiveHash }) => !uploads.some((upload) => upload.archiveHash === archiveHash))
      .map(({ server, number }) => `version ${number} of ${server} was never sent`),
    ...(openOperations > 0
      ? []
      : [
          ...trees.stored
            .filter((hash) => !trees.named.includes(hash))
            .map((hash) => `the tree ${hash.slice(0, 12)} belongs to no version`),
          ...temporary.map((path) => `${path} is left of an upload`),
        ]),
  ],
}
