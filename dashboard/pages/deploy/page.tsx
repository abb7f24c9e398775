import { useParams } from '@tanstack/react-router'
import { DeployForm } from './deploy-form.tsx'
import { Operation } from './operation.tsx'

export function Page() {
  const { operation } = useParams({ strict: false }) as { readonly operation?: string }
  return operation === undefined ? <DeployForm /> : <Operation id={operation} />
}
