import { useServer } from '../../lib/use-server.ts'
import { Card } from '../../parts/card.tsx'
import { CodeBlock } from '../../parts/code-block.tsx'
import { Skeleton } from '../../parts/skeleton.tsx'
import { describeServer } from './describe-server.ts'
import { SERVER_WORDS } from './words.ts'

export function Page() {
  const server = useServer()
  if (server === null) return <Skeleton className="h-40 rounded-lg" />
  return (
    <div className="flex flex-col gap-4">
      <p className="text-lg">{describeServer(server)}</p>
      <Card title={SERVER_WORDS.endpoint}>
        <CodeBlock code={server.endpoint} what="endpoint" />
      </Card>
    </div>
  )
}
