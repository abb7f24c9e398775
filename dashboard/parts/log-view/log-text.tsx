import { memo, type CSSProperties } from 'react'
import { parseAnsi, stripAnsi, type AnsiColor, type AnsiSpan } from '../../lib/ansi.ts'
import { markMatches } from '../../lib/log/highlight.ts'
import './ansi.css'

function toCss(color: AnsiColor): string {
  return typeof color === 'number' ? `var(--ansi-${color})` : color
}

/** Set through the style object of the element, which the content security policy allows; a style attribute it would not. */
function styleOf({ color, background, bold, underline }: AnsiSpan): CSSProperties | undefined {
  if (color === null && background === null && !bold && !underline) return undefined
  return {
    ...(color === null ? {} : { color: toCss(color) }),
    // A tint: text has to stay readable on whatever a server asks for.
    ...(background === null
      ? {}
      : { backgroundColor: `color-mix(in srgb, ${toCss(background)} 22%, transparent)` }),
    ...(bold ? { fontWeight: 700 } : {}),
    ...(underline ? { textDecoration: 'underline' } : {}),
  }
}

/** One line as inert text. */
export const LogText = memo(function LogText({
  text,
  hasColours,
  needle,
}: {
  readonly text: string
  readonly hasColours: boolean
  readonly needle: string
}) {
  const spans = parseAnsi(hasColours ? text : stripAnsi(text))
  return (
    <span className="ansi-text">
      {markMatches(spans, needle).map(({ span, isMatch }, index) => {
        const style = styleOf(span)
        return isMatch ? (
          <mark key={index} className="rounded-[2px] bg-warn-soft text-warn outline outline-warn/60">
            {span.text}
          </mark>
        ) : (
          <span key={index} {...(style === undefined ? {} : { style })}>
            {span.text}
          </span>
        )
      })}
    </span>
  )
})
