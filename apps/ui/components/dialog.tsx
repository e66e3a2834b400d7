import { useEffect, useId, useLayoutEffect, useRef, type ReactNode } from 'react'
import { X } from 'lucide-react'
import { useWords } from '../state/app-context.ts'
import { IconButton } from './button.tsx'
import { focusAgain } from './focus-again.ts'
import { selectFromStart } from './select-from-start.ts'
import './dialog.css'

interface DialogProps {
  title: string
  onClose: () => void
  children: ReactNode
  /** `panel` stands at the right edge, `palette` hangs from the top without a visible title. */
  shape?: 'card' | 'wide' | 'settings' | 'panel' | 'palette'
}

/** The browser's own modal dialog: it traps focus, makes the rest inert, closes on Esc and gives focus back to what opened it. */
export function Dialog ({ title, onClose, children, shape = 'card' }: DialogProps) {
  const words = useWords()
  const titleId = useId()
  const ref = useRef<HTMLDialogElement>(null)
  const close = useRef(onClose)
  useEffect(() => { close.current = onClose }, [onClose])

  useLayoutEffect(() => {
    const dialog = ref.current
    if (dialog === null) return
    const opener = document.activeElement
    dialog.showModal()
    const wanted = dialog.querySelector<HTMLElement>('[data-autofocus]')
    wanted?.focus()
    if (wanted instanceof HTMLInputElement) selectFromStart(wanted)
    // Esc comes as `cancel`; what is shown is React's to decide, so the dialog does not close itself.
    const onCancel = (event: Event): void => {
      event.preventDefault()
      close.current()
    }
    // A press that begins on the backdrop hits the dialog itself, never one of its children.
    const onPress = (event: PointerEvent): void => { if (event.target === dialog) close.current() }
    dialog.addEventListener('cancel', onCancel)
    dialog.addEventListener('pointerdown', onPress)
    return () => {
      dialog.removeEventListener('cancel', onCancel)
      dialog.removeEventListener('pointerdown', onPress)
      dialog.close()
      if (opener instanceof HTMLElement && opener.isConnected) focusAgain(opener)
    }
  }, [])

  return (
    <dialog ref={ref} className={`dialog dialog-${shape}`} aria-labelledby={titleId}>
      <div className="dialog-body">
        <header className={shape === 'palette' ? 'visually-hidden' : 'dialog-head'}>
          <h2 id={titleId}>{title}</h2>
          {shape !== 'palette' && <IconButton label={words.close} icon={<X size={18} aria-hidden />} onClick={onClose} />}
        </header>
        {children}
      </div>
    </dialog>
  )
}
