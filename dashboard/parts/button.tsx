import { Link } from '@tanstack/react-router'
import { LoaderCircle, type LucideIcon } from 'lucide-react'
import type { ButtonHTMLAttributes, ReactNode } from 'react'
import type { Scope } from '../../src/domain/principal.ts'
import { cn } from '../lib/cn.ts'
import { mayDo, roleFor, useMe } from '../lib/me.ts'
import { WORDS } from '../lib/words.ts'
import { Tooltip } from './tooltip.tsx'

type Variant = 'primary' | 'secondary' | 'ghost' | 'danger'
type Size = 'sm' | 'md'

const VARIANTS: Readonly<Record<Variant, string>> = {
  primary: 'bg-accent text-inverse hover:bg-accent-strong',
  secondary: 'border border-line bg-surface text-text shadow-raised hover:bg-hover',
  ghost: 'text-muted hover:bg-hover hover:text-text',
  danger: 'bg-bad-strong text-inverse hover:opacity-90',
}

export function buttonClass(variant: Variant = 'secondary', size: Size = 'md', isIcon = false): string {
  return cn(
    'inline-flex shrink-0 items-center justify-center gap-1.5 rounded-md font-medium whitespace-nowrap select-none transition-colors',
    'aria-disabled:cursor-not-allowed aria-disabled:opacity-55 disabled:cursor-not-allowed disabled:opacity-55',
    size === 'md' ? 'h-8 text-sm' : 'h-7 text-xs',
    isIcon ? (size === 'md' ? 'w-8' : 'w-7') : size === 'md' ? 'px-3' : 'px-2.5',
    VARIANTS[variant],
  )
}

type ButtonProps = Omit<ButtonHTMLAttributes<HTMLButtonElement>, 'className'> & {
  readonly variant?: Variant
  readonly size?: Size
  readonly icon?: LucideIcon
  readonly isBusy?: boolean
  /** Who may not do it sees it disabled, with the role that may. */
  readonly needs?: Scope
  /** Why it cannot be used now, in one sentence; shown on hover and focus. */
  readonly reason?: string | null
  readonly children?: ReactNode
}

/** It stays focusable while it is disabled, so that the reason can be read. An icon alone needs `aria-label`. */
export function Button({
  variant,
  size,
  icon: Icon,
  isBusy = false,
  needs,
  reason = null,
  disabled = false,
  children,
  onClick,
  type = 'button',
  ...rest
}: ButtonProps) {
  const me = useMe()
  const missing =
    needs !== undefined && me !== null && !mayDo(me, needs) ? WORDS.needsRole(roleFor(needs)) : reason
  const isOff = disabled || isBusy || missing !== null
  const isIconOnly = children === undefined
  const button = (
    <button
      {...rest}
      type={type}
      className={buttonClass(variant, size, isIconOnly)}
      aria-disabled={isOff || undefined}
      aria-busy={isBusy || undefined}
      onClick={isOff ? (event) => event.preventDefault() : onClick}
    >
      {isBusy ? (
        <LoaderCircle aria-hidden className="size-4 animate-spin" />
      ) : (
        Icon !== undefined && <Icon aria-hidden className="size-4" />
      )}
      {children}
    </button>
  )
  const hint = missing ?? (isIconOnly ? rest['aria-label'] : undefined)
  return hint === undefined ? button : <Tooltip text={hint}>{button}</Tooltip>
}

export function ButtonLink({
  to,
  search,
  variant,
  size,
  icon: Icon,
  children,
}: {
  readonly to: string
  readonly search?: Readonly<Record<string, string>>
  readonly variant?: Variant
  readonly size?: Size
  readonly icon?: LucideIcon
  readonly children: ReactNode
}) {
  return (
    <Link to={to} search={(search ?? {}) as never} className={buttonClass(variant, size)}>
      {Icon !== undefined && <Icon aria-hidden className="size-4" />}
      {children}
    </Link>
  )
}
