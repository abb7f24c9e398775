import { Bookmark, BookmarkPlus, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { Button } from '../../parts/button.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { TextField } from '../../parts/field.tsx'
import { Menu, MenuItem } from '../../parts/menu.tsx'
import { NO_FILTER, type Filter } from './filter-servers.ts'
import { addView, readViews, writeViews, type SavedView } from './saved-views.ts'
import { SERVERS_WORDS } from './words.ts'

const WORDS = SERVERS_WORDS.views

/** Filters that somebody comes back to. The address holds them as well: a link is for others, a view for oneself. */
export function SavedViews({
  filter,
  onChoose,
}: {
  readonly filter: Filter
  readonly onChoose: (filter: Filter) => void
}) {
  const [views, setViews] = useState(readViews)
  const [isNaming, setNaming] = useState(false)
  const keep = (next: readonly SavedView[]) => {
    writeViews(next)
    setViews(next)
  }
  const isPlain = JSON.stringify(filter) === JSON.stringify(NO_FILTER)
  return (
    <>
      <Menu trigger={<Button icon={Bookmark}>{WORDS.label}</Button>}>
        {views.map(({ name, filter: saved }) => (
          <MenuItem key={name} icon={Bookmark} onSelect={() => onChoose(saved)}>
            {WORDS.show(name)}
          </MenuItem>
        ))}
        <MenuItem icon={BookmarkPlus} isDisabled={isPlain} onSelect={() => setNaming(true)}>
          {WORDS.save}
        </MenuItem>
        {views.map(({ name }) => (
          <MenuItem
            key={name}
            icon={Trash2}
            onSelect={() => keep(views.filter((view) => view.name !== name))}
          >
            {WORDS.remove(name)}
          </MenuItem>
        ))}
      </Menu>
      {isNaming && (
        <NameDialog
          onClose={() => setNaming(false)}
          onNamed={(name) => {
            keep(addView(views, { name, filter }))
            setNaming(false)
          }}
        />
      )}
    </>
  )
}

function NameDialog({
  onClose,
  onNamed,
}: {
  readonly onClose: () => void
  readonly onNamed: (name: string) => void
}) {
  const [name, setName] = useState('')
  return (
    <Dialog isOpen onClose={onClose} title={WORDS.saveTitle} description={WORDS.saveText}>
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault()
          if (name.trim() !== '') onNamed(name.trim())
        }}
      >
        <TextField
          label={WORDS.name}
          required
          maxLength={60}
          autoComplete="off"
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
        <Button type="submit" variant="primary">
          {WORDS.keep}
        </Button>
      </form>
    </Dialog>
  )
}
