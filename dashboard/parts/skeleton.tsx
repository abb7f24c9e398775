import { cn } from '../lib/cn.ts'

/** The size of what is to come, so that nothing moves when it does. */
export function Skeleton({ className = 'h-4 w-full' }: { readonly className?: string }) {
  return <div aria-hidden data-skeleton className={cn('animate-pulse-slow rounded-sm bg-hover', className)} />
}

export function SkeletonRows({
  count = 6,
  className = 'h-9',
}: {
  readonly count?: number
  readonly className?: string
}) {
  return (
    <div className="flex flex-col gap-2 p-4" role="status">
      <span className="sr-only">Loading</span>
      {Array.from({ length: count }, (_, index) => (
        <Skeleton key={index} className={cn('w-full', className)} />
      ))}
    </div>
  )
}
