import { useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Keyboard, LogOut, Menu as MenuIcon, Plus, Search, User } from 'lucide-react'
import { useCallback, useState } from 'react'
import { api } from '../lib/api.ts'
import { mayDo, type Me } from '../lib/me.ts'
import { setTheme, THEMES, useTheme } from '../lib/theme.ts'
import { Button, buttonClass } from '../parts/button.tsx'
import { Dialog } from '../parts/dialog.tsx'
import { Menu, MenuChoice, MenuItem, MenuSeparator } from '../parts/menu.tsx'
import { Breadcrumb } from './breadcrumb.tsx'
import { ConnectionMark } from './connection-mark.tsx'
import { HelpDialog } from './help-dialog.tsx'
import { Palette } from './palette.tsx'
import { useShortcuts } from './shortcuts.ts'
import { NavLinks } from './side-nav.tsx'
import { SHELL_WORDS } from './words.ts'

export function TopBar({ me }: { readonly me: Me }) {
  const [isNavOpen, setNavOpen] = useState(false)
  const [open, setOpen] = useState<'palette' | 'help' | null>(null)
  const onPalette = useCallback(() => setOpen('palette'), [])
  const onHelp = useCallback(() => setOpen('help'), [])
  const onClose = () => setOpen(null)
  useShortcuts({ onPalette, onHelp })
  return (
    <header className="sticky top-0 z-30 flex h-12 items-center gap-2 border-b border-line bg-surface px-3 sm:px-5">
      <span className="lg:hidden">
        <Button
          variant="ghost"
          icon={MenuIcon}
          aria-label={SHELL_WORDS.menu}
          onClick={() => setNavOpen(true)}
        />
      </span>
      <Dialog isOpen={isNavOpen} onClose={() => setNavOpen(false)} title={SHELL_WORDS.menu}>
        <NavLinks onChosen={() => setNavOpen(false)} />
        {mayDo(me, 'servers:deploy') && (
          <div className="p-2 sm:hidden">
            <Link
              to={'/deploy' as string}
              className={buttonClass('primary')}
              onClick={() => setNavOpen(false)}
            >
              <Plus aria-hidden className="size-4" />
              {SHELL_WORDS.deploy}
            </Link>
          </div>
        )}
      </Dialog>
      <Breadcrumb />
      <button
        type="button"
        aria-keyshortcuts="Control+K"
        onClick={onPalette}
        className="flex h-8 items-center gap-2 rounded-md border border-line bg-page px-2 text-sm text-muted hover:border-line-strong md:w-56"
      >
        <Search aria-hidden className="size-4" />
        <span className="sr-only flex-1 truncate text-left md:not-sr-only">{SHELL_WORDS.search}</span>
        <kbd className="hidden text-xs md:block">Ctrl K</kbd>
      </button>
      <Palette isOpen={open === 'palette'} onClose={onClose} />
      <HelpDialog isOpen={open === 'help'} onClose={onClose} />
      {mayDo(me, 'servers:deploy') && (
        // Where space is small the way back is worth more; the menu has it there.
        <span className="hidden sm:inline-flex">
          <Link to={'/deploy' as string} aria-keyshortcuts="n" className={buttonClass()}>
            <Plus aria-hidden className="size-4" />
            {SHELL_WORDS.deployShort}
          </Link>
        </span>
      )}
      <ConnectionMark />
      <UserMenu me={me} onHelp={onHelp} />
    </header>
  )
}

function UserMenu({ me, onHelp }: { readonly me: Me; readonly onHelp: () => void }) {
  const theme = useTheme()
  const client = useQueryClient()
  const signOut = async () => {
    await api('/logout', { json: {} }).catch(() => undefined)
    client.clear()
    location.assign('/login')
  }
  return (
    <Menu trigger={<Button variant="ghost" icon={User} aria-label={`Account ${me.name}`} />}>
      <p className="px-2 py-1 text-sm">
        <span className="block font-medium break-words">{me.name}</span>
        <span className="text-xs text-muted">{me.role ?? me.kind}</span>
      </p>
      <MenuSeparator />
      <MenuChoice
        label={SHELL_WORDS.theme}
        value={theme}
        options={THEMES.map((value) => ({ value, label: SHELL_WORDS.themes[value] }))}
        onChange={setTheme}
      />
      <MenuSeparator />
      <MenuItem icon={Keyboard} onSelect={onHelp}>
        {SHELL_WORDS.shortcuts}
      </MenuItem>
      <MenuItem icon={LogOut} onSelect={() => void signOut()}>
        {SHELL_WORDS.signOut}
      </MenuItem>
    </Menu>
  )
}
