import { cn } from '../../lib/cn.ts'
import { Card } from '../../parts/card.tsx'
import { formatNumber } from '../../lib/format.ts'
import type { ServerJson } from '../../../src/api/schema/server.ts'
import type { Json } from '../../lib/schema-form/schema.ts'
import { GROUPS, type SettingField } from './fields.ts'
import { SettingControl } from './setting-control.tsx'
import type { Edits, Settings } from './settings.ts'
import { CONFIG_WORDS as WORDS } from './words.ts'

export type Editing = {
  readonly base: Settings
  readonly edits: Edits
  readonly onEdit: (field: string, value: Json) => void
  /** What is wrong, by field. */
  readonly problems: ReadonlyMap<string, string>
  readonly server: ServerJson
}

export function SettingsForm({ editing }: { readonly editing: Editing }) {
  return (
    <div className="flex flex-col gap-4">
      {GROUPS.map(({ id, fields }) => (
        <Card key={id} title={WORDS.groups[id]} description={WORDS.groupTexts[id]}>
          <SettingGrid fields={fields} editing={editing} />
        </Card>
      ))}
    </div>
  )
}

export function SettingGrid({
  fields,
  editing: { base, edits, onEdit, problems, server },
}: {
  readonly fields: readonly SettingField[]
  readonly editing: Editing
}) {
  return (
    <div
      className={cn(
        'grid gap-x-6 gap-y-4 sm:grid-cols-2',
        // Four in a row rather than three and one.
        fields.length === 4 ? 'lg:grid-cols-4' : 'lg:grid-cols-3',
      )}
    >
      {fields.map((setting) => (
        <SettingControl
          key={setting.field}
          setting={setting}
          base={base[setting.field]}
          edited={edits[setting.field]}
          inForce={findInForce(server, setting.field)}
          problem={problems.get(setting.field) ?? null}
          onChange={(value) => onEdit(setting.field, value)}
        />
      ))}
    </div>
  )
}

/** Limits are what the platform tells of a running process; null where it has what is set. */
function findInForce({ instance, limits, settings }: ServerJson, field: string): string | null {
  const name = field.replace('resource_limits.', '') as keyof ServerJson['limits']
  if (instance === null || name === field || limits[name] === settings.resource_limits[name]) return null
  return formatNumber(limits[name])
}
