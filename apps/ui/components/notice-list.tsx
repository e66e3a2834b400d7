import { useEffect } from 'react'
import { CircleAlert, Info, X } from 'lucide-react'
import { useSignal } from '../hooks/use-signal.ts'
import { useUi, useWords } from '../state/app-context.ts'
import type { Notice } from '../state/notices.ts'
import { IconButton } from './button.tsx'
import './notice-list.css'

/** Long enough to read two sentences slowly. */
const SHOWN_MS = 10_000

export function NoticeList () {
  const { notices } = useUi()
  const words = useWords()
  const shown = useSignal(notices.shown)
  useEffect(() => {
    const stir = (): void => notices.stir(Date.now())
    for (const type of ['pointerdown', 'keydown'] as const) window.addEventListener(type, stir)
    return () => { for (const type of ['pointerdown', 'keydown'] as const) window.removeEventListener(type, stir) }
  }, [notices])
  return (
    <section className="notices" aria-label={words.notices} aria-live="polite">
      {shown.map((notice) => <NoticeCard key={notice.id} notice={notice} onDismiss={() => notices.dismiss(notice.id)} />)}
    </section>
  )
}

function NoticeCard ({ notice, onDismiss }: { notice: Notice, onDismiss: () => void }) {
  const words = useWords()
  const { notices } = useUi()
  const { id, kind, actions = [] } = notice
  const stays = kind === 'trouble' || actions.length > 0
  useEffect(() => {
    // What went wrong or asks something stays until it was seen; the rest goes by itself.
    if (stays) return
    const timer = setTimeout(() => { notices.dismiss(id) }, SHOWN_MS)
    return () => { clearTimeout(timer) }
  }, [notices, id, stays])
  const Icon = kind === 'trouble' ? CircleAlert : Info
  return (
    <div className={`notice notice-${kind}`}>
      <Icon size={18} aria-hidden />
      <div className="notice-text">
        <strong>{notice.title}</strong>
        {notice.text !== '' && <p>{notice.text}</p>}
        {actions.length > 0 && (
          <div className="notice-actions">
            {actions.map(({ label, perform }) => <button key={label} type="button" className="text-button" onClick={() => { perform(); notices.dismiss(id) }}>{label}</button>)}
          </div>
        )}
      </div>
      <IconButton label={words.dismiss} icon={<X size={16} aria-hidden />} onClick={onDismiss} />
    </div>
  )
}
