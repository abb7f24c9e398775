import { useQuery } from '@tanstack/react-query'
import { systemQuery } from '../../lib/queries.ts'
import { Card } from '../../parts/card.tsx'
import { FactList } from '../../parts/fact-list.tsx'
import { buildRequest, linesOf, type Form } from './build-request.ts'
import { DEPLOY_WORDS as WORDS } from './words.ts'

/** What will be asked for, in words: the last look before a stranger's code comes in. */
export function Review({ form, archive }: { readonly form: Form; readonly archive: File }) {
  const { data: system } = useQuery(systemQuery)
  const { config, secrets } = buildRequest(form)
  const command = config['command'] as readonly string[] | undefined
  const facts: readonly (readonly [string, string])[] = [
    [WORDS.name, form.name === '' ? archive.name : form.name],
    [WORDS.reviewCommand, command === undefined ? WORDS.reviewDetected : JSON.stringify(command)],
    [WORDS.limits, WORDS.sizes[form.size]],
    [
      WORDS.reviewNetwork,
      form.network === 'archive'
        ? WORDS.reviewArchive
        : form.network === 'none'
          ? WORDS.reviewNothing
          : linesOf(form.places).join(', '),
    ],
    ...(secrets.length === 0
      ? []
      : ([[WORDS.reviewSecrets, secrets.map(({ name }) => name).join(', ')]] as const)),
    [WORDS.reviewIsolation, system?.tier ?? '…'],
  ]
  return (
    <Card title={WORDS.review}>
      <FactList facts={facts} className="gap-x-6 sm:grid-cols-[auto_minmax(0,1fr)]" />
    </Card>
  )
}
