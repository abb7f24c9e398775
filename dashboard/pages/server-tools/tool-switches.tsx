/** Which tools clients get: one by its switch, or all that the filter leaves. */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { ToggleLeft, ToggleRight } from 'lucide-react'
import { useState } from 'react'
import { api } from '../../lib/api.ts'
import { mayDo, roleFor, useMe } from '../../lib/me.ts'
import type { Tool } from '../../lib/tools/tool.ts'
import { WORDS } from '../../lib/words.ts'
import { Button } from '../../parts/button.tsx'
import { ConfirmDialog } from '../../parts/dialog.tsx'
import { Problem } from '../../parts/problem.tsx'
import { Switch } from '../../parts/switch.tsx'
import { showToast } from '../../parts/toast.tsx'
import { TOOLS_WORDS } from './words.ts'

const pathOf = (server: string) => `/servers/${encodeURIComponent(server)}`

/** What clients get is asked for again by whoever shows it. */
function useSwitched(server: string) {
  const client = useQueryClient()
  return () => client.invalidateQueries({ queryKey: ['server', server] })
}

export function ToolSwitch({ server, tool }: { readonly server: string; readonly tool: Tool }) {
  const me = useMe()
  const refresh = useSwitched(server)
  const change = useMutation({
    mutationFn: (enabled: boolean) =>
      api(`${pathOf(server)}/tools/${encodeURIComponent(tool.name)}`, { method: 'PATCH', json: { enabled } }),
    onSettled: refresh,
  })
  if (!tool.canSwitch) return null
  const isAllowed = me === null || mayDo(me, 'servers:write')
  return (
    <div className="flex flex-col items-start gap-1">
      <span title={isAllowed ? undefined : WORDS.needsRole(roleFor('servers:write'))}>
        <Switch
          label={TOOLS_WORDS.switchOn}
          isOn={change.isPending ? change.variables : tool.isOn}
          isDisabled={!isAllowed || change.isPending}
          onChange={(enabled) => change.mutate(enabled)}
        />
      </span>
      {!isAllowed && <span className="text-xs text-muted">{WORDS.needsRole(roleFor('servers:write'))}</span>}
      {change.error !== null && <Problem error={change.error} />}
    </div>
  )
}

/** In one change: `disabled_tools` as a whole, so that nothing is half done. */
export function SwitchAll({
  server,
  shown,
  all,
}: {
  readonly server: string
  readonly shown: readonly Tool[]
  readonly all: readonly Tool[]
}) {
  const [asks, setAsks] = useState(false)
  const refresh = useSwitched(server)
  const on = shown.filter(({ isOn, canSwitch }) => isOn && canSwitch)
  const off = shown.filter(({ isOn, canSwitch }) => !isOn && canSwitch)
  const change = useMutation({
    mutationFn: (isOn: boolean) => {
      const chosen = new Set(shown.map(({ name }) => name))
      const kept = all.filter((tool) => !tool.isOn && !chosen.has(tool.name))
      const disabled = [...kept, ...(isOn ? [] : shown)].map(({ name }) => name)
      return api(pathOf(server), { method: 'PATCH', json: { disabled_tools: disabled } })
    },
    onSuccess: (_, isOn) => {
      setAsks(false)
      showToast(TOOLS_WORDS.switched(isOn ? off.length : on.length, isOn))
    },
    onSettled: refresh,
  })
  return (
    <div className="flex flex-wrap items-center justify-between gap-x-2 gap-y-1 border-b border-line px-3 py-1.5">
      <span role="status" className="text-xs text-muted tabular-nums">
        {TOOLS_WORDS.count(shown.length, all.length)}
      </span>
      <span className="flex flex-wrap gap-1">
        {off.length > 0 && (
          <Button
            size="sm"
            variant="ghost"
            icon={ToggleRight}
            needs="servers:write"
            isBusy={change.isPending}
            onClick={() => change.mutate(true)}
          >
            {TOOLS_WORDS.onAll(off.length)}
          </Button>
        )}
        {on.length > 0 && (
          <Button
            size="sm"
            variant="ghost"
            icon={ToggleLeft}
            needs="servers:write"
            isBusy={change.isPending}
            onClick={() => setAsks(true)}
          >
            {TOOLS_WORDS.offAll(on.length)}
          </Button>
        )}
      </span>
      {change.error !== null && !asks && (
        <div className="w-full">
          <Problem error={change.error} />
        </div>
      )}
      <ConfirmDialog
        isOpen={asks}
        onClose={() => setAsks(false)}
        title={TOOLS_WORDS.offAllTitle(on.length)}
        consequence={TOOLS_WORDS.offAllText}
        confirm={TOOLS_WORDS.offAll(on.length)}
        isBusy={change.isPending}
        error={change.error}
        onConfirm={() => change.mutate(false)}
      />
    </div>
  )
}
