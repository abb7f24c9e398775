import type { LucideIcon } from 'lucide-react'
import { DropdownMenu as Radix } from 'radix-ui'
import type { ReactElement, ReactNode } from 'react'
import type { Scope } from '../../src/domain/principal.ts'
import { cn } from '../lib/cn.ts'
import { mayDo, roleFor, useMe } from '../lib/me.ts'
import { WORDS } from '../lib/words.ts'

/** Not modal: a modal one locks the scrolling by a style element. */
export function Menu({
  trigger,
  children,
  align = 'end',
}: {
  readonly trigger: ReactElement
  readonly children: ReactNode
  readonly align?: 'start' | 'end'
}) {
  return (
    <Radix.Root modal={false}>
      <Radix.Trigger asChild>{trigger}</Radix.Trigger>
      <Radix.Portal>
        <Radix.Content
          align={align}
          sideOffset={4}
          collisionPadding={8}
          className="z-50 min-w-44 rounded-md border border-line bg-raised p-1 shadow-float"
        >
          {children}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  )
}

const ITEM =
  'flex cursor-pointer items-center gap-2 rounded-sm px-2 py-1.5 text-sm outline-none select-none data-disabled:cursor-not-allowed data-disabled:opacity-60 data-highlighted:bg-hover'

export function MenuItem({
  icon: Icon,
  onSelect,
  children,
  needs,
  isDanger = false,
  isDisabled = false,
}: {
  readonly icon?: LucideIcon
  readonly onSelect: () => void
  readonly children: ReactNode
  readonly needs?: Scope
  readonly isDanger?: boolean
  readonly isDisabled?: boolean
}) {
  const me = useMe()
  const missing =
    needs !== undefined && me !== null && !mayDo(me, needs) ? WORDS.needsRole(roleFor(needs)) : null
  return (
    <Radix.Item
      disabled={isDisabled || missing !== null}
      onSelect={onSelect}
      className={cn(ITEM, isDanger && 'text-bad')}
    >
      {Icon !== undefined && <Icon aria-hidden className="size-4 shrink-0 opacity-80" />}
      <span className="min-w-0 flex-1">
        {children}
        {missing !== null && <span className="block text-xs text-muted">{missing}</span>}
      </span>
    </Radix.Item>
  )
}

/** One of several, with a mark at the one that holds. */
export function MenuChoice<T extends string>({
  label,
  value,
  options,
  onChange,
}: {
  readonly label: string
  readonly value: T
  readonly options: readonly { readonly value: T; readonly label: string }[]
  readonly onChange: (value: T) => void
}) {
  return (
    <>
      <Radix.Label className="px-2 py-1 text-xs text-muted">{label}</Radix.Label>
      <Radix.RadioGroup value={value} onValueChange={(next) => onChange(next as T)}>
        {options.map((option) => (
          <Radix.RadioItem key={option.value} value={option.value} className={ITEM}>
            <span aria-hidden className="w-4 text-center">
              {option.value === value ? '✓' : ''}
            </span>
            {option.label}
          </Radix.RadioItem>
        ))}
      </Radix.RadioGroup>
    </>
  )
}

export function MenuSeparator() {
  return <Radix.Separator className="my-1 h-px bg-line" />
}
