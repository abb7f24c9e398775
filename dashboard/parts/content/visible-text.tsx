import { showHidden } from '../../lib/visible-text.ts'

/** Text of a stranger: inert, with what cannot be seen shown. */
export function VisibleText({ text }: { readonly text: string }) {
  return (
    <>
      {showHidden(text).map(({ text: piece, isHidden }, index) =>
        isHidden ? (
          <span
            key={index}
            className="mx-0.5 rounded-sm bg-bad-soft px-1 text-xs font-medium text-bad"
            data-hidden
          >
            {piece}
          </span>
        ) : (
          <span key={index}>{piece}</span>
        ),
      )}
    </>
  )
}
