import { Dialog } from '../parts/dialog.tsx'
import { listShortcuts } from './shortcuts.ts'
import { SHELL_WORDS } from './words.ts'

export function HelpDialog({ isOpen, onClose }: { readonly isOpen: boolean; readonly onClose: () => void }) {
  return (
    <Dialog isOpen={isOpen} onClose={onClose} title={SHELL_WORDS.shortcuts}>
      <dl className="grid grid-cols-[6rem_minmax(0,1fr)] items-center gap-y-2 text-sm">
        {listShortcuts().map(({ keys, text }) => (
          <div key={keys} className="contents">
            <dt className="flex gap-1">
              {keys.split(' ').map((key) => (
                <kbd key={key} className="rounded-sm border border-line bg-sunken px-1.5 py-0.5 text-xs">
                  {key}
                </kbd>
              ))}
            </dt>
            <dd>{text}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  )
}
