import { useMutation } from '@tanstack/react-query'
import { FileArchive, Upload } from 'lucide-react'
import { useEffect, useRef } from 'react'
import { ApiError } from '../../lib/api.ts'
import { formatBytes } from '../../lib/format.ts'
import { Button } from '../../parts/button.tsx'
import { Problem } from '../../parts/problem.tsx'
import { checkArchive } from './check-archive.ts'
import { buildExample, EXAMPLES, type Example } from './examples.ts'
import { DEPLOY_WORDS as WORDS } from './words.ts'

export function ArchiveChooser({
  archive,
  onChoose,
}: {
  readonly archive: File | null
  readonly onChoose: (file: File | null) => void
}) {
  const input = useRef<HTMLInputElement>(null)
  const check = useMutation({
    async mutationFn(file: File) {
      const found = await checkArchive(file)
      if (found === 'good') return
      onChoose(null)
      throw new ApiError(0, {
        detail: found === 'empty' ? WORDS.emptyFile : WORDS.wrongFormat,
        hint: WORDS.wrongFormatHint,
      })
    },
  })
  const { mutate: judge } = check
  // It may come from a drop on another page.
  useEffect(() => {
    if (archive !== null) judge(archive)
  }, [archive, judge])
  const example = useMutation({
    mutationFn: buildExample,
    onSuccess: (file) => onChoose(file),
  })
  const choose = () => input.current?.click()
  return (
    <div className="flex flex-col gap-3">
      <input
        ref={input}
        type="file"
        className="sr-only"
        tabIndex={-1}
        aria-label={WORDS.choose}
        accept=".zip,.mcpb,.tar,.gz,.tgz,.zst"
        onChange={(event) => {
          const file = event.target.files?.[0]
          event.target.value = ''
          if (file !== undefined) onChoose(file)
        }}
      />
      {archive === null ? (
        <div className="flex flex-col items-center gap-3 rounded-lg border-2 border-dashed border-line-strong bg-surface px-4 py-10 text-center">
          <span className="rounded-lg bg-accent-soft p-2.5 text-accent">
            <Upload aria-hidden className="size-5" />
          </span>
          <div>
            <p className="text-lg font-semibold">{WORDS.drop}</p>
            <p className="mt-1 text-sm text-muted">{WORDS.formats}</p>
          </div>
          <Button variant="primary" onClick={choose}>
            {WORDS.choose}
          </Button>
          <div className="mt-2">
            <p className="mb-2 text-sm text-muted">{WORDS.examples}</p>
            <div className="flex flex-wrap justify-center gap-2">
              {EXAMPLES.map((name: Example) => (
                <Button key={name} size="sm" onClick={() => example.mutate(name)}>
                  {WORDS.example[name]}
                </Button>
              ))}
            </div>
          </div>
        </div>
      ) : (
        <div className="flex flex-wrap items-center gap-3 rounded-lg border border-line bg-surface px-4 py-3 shadow-raised">
          <FileArchive aria-hidden className="size-5 text-accent" />
          <p className="min-w-0 flex-1 truncate">
            <span className="font-medium">{archive.name}</span>{' '}
            <span className="text-sm text-muted">{formatBytes(archive.size)}</span>
          </p>
          <Button size="sm" onClick={choose}>
            {WORDS.another}
          </Button>
        </div>
      )}
      {(check.error ?? example.error) !== null && <Problem error={check.error ?? example.error} />}
    </div>
  )
}
