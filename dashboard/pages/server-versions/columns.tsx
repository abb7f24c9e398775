import { Link } from '@tanstack/react-router'
import type { VersionJson } from '../../../src/api/schema/server.ts'
import { formatBytes } from '../../lib/format.ts'
import { Actor } from '../../parts/actor.tsx'
import { Badge, type Tone } from '../../parts/badge.tsx'
import { CopyButton } from '../../parts/copy-button.tsx'
import type { Column } from '../../parts/table.tsx'
import { Ago } from '../../parts/time.tsx'
import { VERSION_WORDS as WORDS } from './words.ts'

const TONES: Readonly<Record<VersionJson['status'], Tone>> = {
  active: 'good',
  previous: 'accent',
  failed: 'bad',
  held: 'warn',
  kept: 'idle',
}
const VERDICT_TONES: Readonly<Record<VersionJson['verdict'], Tone>> = {
  pass: 'good',
  review: 'warn',
  block: 'bad',
  not_scanned: 'idle',
}
const SHOWN_OF_HASH = 12

/** All but what can be done, which is the page's. */
export function buildColumns(server: string): readonly Column<VersionJson>[] {
  return [
    {
      id: 'number',
      label: WORDS.version,
      isHeader: true,
      className: 'font-medium tabular-nums',
      render: ({ number }) => number,
    },
    {
      id: 'status',
      label: WORDS.status,
      render: ({ status, failure }) => (
        <div className="flex min-w-24 flex-col items-start gap-0.5">
          <span title={WORDS.standingHints[status]}>
            <Badge tone={TONES[status]}>{WORDS.standings[status]}</Badge>
          </span>
          {failure !== null && (
            <span className="max-w-xs min-w-48 text-xs break-words text-bad">
              {failure.reason} <Ago time={failure.at} />
            </span>
          )}
        </div>
      ),
    },
    {
      id: 'when',
      label: WORDS.when,
      className: 'whitespace-nowrap',
      render: ({ created_at }) => <Ago time={created_at} />,
    },
    {
      id: 'by',
      label: WORDS.by,
      render: ({ created_by, created_via }) => (
        <span className="flex items-center gap-1.5">
          <Actor id={created_by} />
          {created_via !== null && <Badge>{WORDS.via[created_via]}</Badge>}
        </span>
      ),
    },
    {
      id: 'verdict',
      label: WORDS.verdict,
      render: ({ number, verdict }) => (
        <Link
          to="/servers/$name/security"
          params={{ name: server } as never}
          search={{ version: String(number) } as never}
          className="inline-flex min-h-6 items-center rounded-sm hover:underline"
        >
          <Badge tone={VERDICT_TONES[verdict]}>{WORDS.verdicts[verdict]}</Badge>
        </Link>
      ),
    },
    {
      id: 'size',
      label: WORDS.size,
      isNumber: true,
      render: ({ archive_bytes, disk_bytes }) => (
        <span title={WORDS.sizeHint(formatBytes(archive_bytes), formatBytes(disk_bytes))}>
          {formatBytes(disk_bytes)}
        </span>
      ),
    },
    {
      id: 'hash',
      label: WORDS.hash,
      render: ({ tree_hash, number }) => (
        <span className="flex items-center gap-0.5">
          <code className="text-xs" title={tree_hash}>
            {tree_hash.slice(0, SHOWN_OF_HASH)}
          </code>
          <CopyButton text={tree_hash} what={`hash of version ${number}`} />
        </span>
      ),
    },
  ]
}
