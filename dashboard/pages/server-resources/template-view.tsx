import { useState } from 'react'
import type { Template } from '../../lib/mcp/offer.ts'
import { parseUriTemplate } from '../../lib/mcp/uri-template.ts'
import { Card } from '../../parts/card.tsx'
import { CodeBlock } from '../../parts/code-block.tsx'
import { TextField } from '../../parts/field.tsx'
import { Head } from './head.tsx'
import { Reader } from './resource-view.tsx'
import { SuggestField } from './suggest-field.tsx'
import type { Watched } from './use-watched.ts'
import { RESOURCES_WORDS } from './words.ts'

/** Filled in, a template is the address of a resource: it is shown as it will be read. */
export function TemplateView({
  server,
  template,
  watched,
  canWatch,
  canSuggest,
}: {
  readonly server: string
  readonly template: Template
  readonly watched: Watched
  readonly canWatch: boolean
  readonly canSuggest: boolean
}) {
  const [values, setValues] = useState<Readonly<Record<string, string>>>({})
  const [written, setWritten] = useState(template.uriTemplate)
  const parsed = parseUriTemplate(template.uriTemplate)
  const uri = parsed === null ? written : parsed.expand(values)
  return (
    <div className="flex min-w-0 flex-col gap-4">
      <Head name={template.name} description={template.description} code={template.uriTemplate}>
        {template.mediaType}
      </Head>
      <Card title={RESOURCES_WORDS.variables}>
        <div className="flex min-w-0 flex-col gap-4">
          {parsed === null ? (
            <TextField
              label={RESOURCES_WORDS.address}
              description={RESOURCES_WORDS.badTemplate}
              value={written}
              spellCheck={false}
              onChange={(event) => setWritten(event.target.value)}
            />
          ) : (
            parsed.variables.map((name) => (
              <SuggestField
                key={name}
                server={server}
                source={{ type: 'ref/resource', uri: template.uriTemplate }}
                name={name}
                description=""
                values={values}
                isRequired
                canSuggest={canSuggest}
                error={null}
                onChange={(value) => setValues((before) => ({ ...before, [name]: value }))}
              />
            ))
          )}
          {parsed !== null && (
            <div>
              <p className="mb-1 text-xs font-medium text-muted">{RESOURCES_WORDS.address}</p>
              <CodeBlock code={uri} what={RESOURCES_WORDS.copyAddress} isWrapped />
            </div>
          )}
        </div>
      </Card>
      <Reader key={uri} server={server} uri={uri} watched={watched} canWatch={canWatch} />
    </div>
  )
}
