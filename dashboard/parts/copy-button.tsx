import { Check, Copy } from 'lucide-react'
import { useEffect, useState } from 'react'
import { WORDS } from '../lib/words.ts'
import { Button } from './button.tsx'

const SHOWN_MS = 1500

/** @param what what is copied, for the label: "endpoint" */
export function CopyButton({
  text,
  what,
  label,
}: {
  readonly text: string | (() => string | Promise<string>)
  readonly what: string
  readonly label?: string
}) {
  const [isCopied, setCopied] = useState(false)
  useEffect(() => {
    if (!isCopied) return
    const timer = setTimeout(() => setCopied(false), SHOWN_MS)
    return () => clearTimeout(timer)
  }, [isCopied])
  const copy = async () => {
    await navigator.clipboard.writeText(typeof text === 'string' ? text : await text())
    setCopied(true)
  }
  return (
    <Button
      variant="ghost"
      size="sm"
      icon={isCopied ? Check : Copy}
      aria-label={isCopied ? WORDS.copied : `${WORDS.copy} ${what}`}
      onClick={() => void copy()}
    >
      {label === undefined ? undefined : isCopied ? WORDS.copied : label}
    </Button>
  )
}
