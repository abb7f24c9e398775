import type { ErrorComponentProps } from '@tanstack/react-router'
import { Bug, Compass, Lock, PlugZap, RotateCw, type LucideIcon } from 'lucide-react'
import type { ReactNode } from 'react'
import type { Scope } from '../../src/domain/principal.ts'
import { roleFor } from '../lib/me.ts'
import { WORDS } from '../lib/words.ts'
import { toApiError } from '../lib/api.ts'
import { Button, ButtonLink } from '../parts/button.tsx'
import { CodeBlock } from '../parts/code-block.tsx'
import { useTitle } from '../parts/page.tsx'
import { SHELL_WORDS } from './words.ts'

function ErrorPage({
  icon: Icon,
  title,
  text,
  children,
}: {
  readonly icon: LucideIcon
  readonly title: string
  readonly text: string
  readonly children?: ReactNode
}) {
  useTitle(title)
  return (
    <div className="mx-auto flex max-w-md flex-col items-center gap-4 px-4 py-20 text-center">
      <span className="rounded-lg bg-accent-soft p-3 text-accent">
        <Icon aria-hidden className="size-6" />
      </span>
      <div>
        <h1 className="text-xl font-semibold">{title}</h1>
        <p className="mt-1.5 text-muted">{text}</p>
      </div>
      {children}
    </div>
  )
}

export function NotFound() {
  const { title, text, home } = SHELL_WORDS.notFound
  return (
    <ErrorPage icon={Compass} title={title} text={text}>
      <ButtonLink to="/" variant="primary">
        {home}
      </ButtonLink>
    </ErrorPage>
  )
}

/** 403: says who may. */
export function Forbidden({ needs }: { readonly needs: Scope }) {
  return (
    <ErrorPage icon={Lock} title="Not for this account" text={SHELL_WORDS.forbidden(roleFor(needs))}>
      <ButtonLink to="/">{SHELL_WORDS.notFound.home}</ButtonLink>
    </ErrorPage>
  )
}

export function Restarting() {
  const { title, text } = SHELL_WORDS.restarting
  return <ErrorPage icon={RotateCw} title={title} text={text} />
}

export function Offline({ onRetry }: { readonly onRetry: () => void }) {
  const { title, text, cli } = SHELL_WORDS.offline
  return (
    <ErrorPage icon={PlugZap} title={title} text={text}>
      <Button onClick={onRetry}>{WORDS.retry}</Button>
      <div className="w-full text-left">
        <CodeBlock code={cli} />
      </div>
    </ErrorPage>
  )
}

export function Crashed({ error, reset }: ErrorComponentProps) {
  const { title, text, reload } = SHELL_WORDS.crashed
  return (
    <ErrorPage icon={Bug} title={title} text={text}>
      <div className="w-full text-left">
        <CodeBlock code={toApiError(error).message} what="error" isWrapped />
      </div>
      <Button
        variant="primary"
        onClick={() => {
          reset()
          location.reload()
        }}
      >
        {reload}
      </Button>
    </ErrorPage>
  )
}
