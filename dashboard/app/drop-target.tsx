/** A file that is dragged over any page can be dropped there: it goes to the page that deploys. */
import { useNavigate } from '@tanstack/react-router'
import { Upload } from 'lucide-react'
import { useEffect, useState } from 'react'
import { setDroppedFile } from '../lib/dropped-file.ts'
import { mayDo, useMe } from '../lib/me.ts'
import { SHELL_WORDS } from './words.ts'

export function DropTarget() {
  const me = useMe()
  const navigate = useNavigate()
  const [isOver, setOver] = useState(false)
  const mayDeploy = me !== null && mayDo(me, 'servers:deploy')
  useEffect(() => {
    if (!mayDeploy) return
    const isFile = (event: DragEvent) => event.dataTransfer?.types.includes('Files') === true
    // Leaving one element for another inside comes as enter, then leave.
    let depth = 0
    const show = (change: number) => {
      depth = Math.max(0, depth + change)
      setOver(depth > 0)
    }
    const enter = (event: DragEvent) => isFile(event) && show(1)
    const leave = (event: DragEvent) => isFile(event) && show(-1)
    const over = (event: DragEvent) => isFile(event) && event.preventDefault()
    const drop = (event: DragEvent) => {
      if (!isFile(event)) return
      event.preventDefault()
      show(-depth)
      const file = event.dataTransfer?.files[0]
      if (file === undefined) return
      setDroppedFile(file)
      void navigate({ to: '/deploy' })
    }
    const listeners = { dragenter: enter, dragleave: leave, dragover: over, drop } as const
    for (const [name, listen] of Object.entries(listeners)) {
      addEventListener(name, listen as EventListener)
    }
    return () => {
      for (const [name, listen] of Object.entries(listeners)) {
        removeEventListener(name, listen as EventListener)
      }
    }
  }, [mayDeploy, navigate])
  if (!isOver) return null
  return (
    <div className="pointer-events-none fixed inset-3 z-50 flex items-center justify-center rounded-lg border-2 border-dashed border-accent bg-accent-soft/80">
      <p className="flex items-center gap-2 text-lg font-semibold text-accent">
        <Upload aria-hidden className="size-5" />
        {SHELL_WORDS.dropHere}
      </p>
    </div>
  )
}
