import { useState } from 'react'
import type { Room } from '#client'
import { Banner } from '../../components/banner.tsx'
import { Button } from '../../components/button.tsx'
import { CopyButton } from '../../components/copy-button.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { useAttempt } from '../../hooks/use-attempt.ts'
import { useSignal } from '../../hooks/use-signal.ts'
import { useLanguage, useUi } from '../../state/app-context.ts'
import { evidenceOf, noticeOf, whoDisagrees } from './disagreement-words.ts'
import './agreement.css'

/** One line, whoever claims what: a device makes something else of this room than this one. It blocks nothing and can be put away. */
export function DisagreementBanner ({ room }: { room: Room }) {
  const { code, words } = useLanguage()
  const attempt = useAttempt()
  const disagreements = useSignal(room.people.disagreements)
  const notice = noticeOf(disagreements, code, words)
  const [isExplained, setExplained] = useState(false)
  const dismiss = (): void => { attempt(() => room.people.dismissDisagreements()).catch(() => {}) }
  return (
    <div aria-live="polite">
      {notice !== null && (
        <Banner
          kind="trouble"
          action={(
            <span className="banner-actions">
              <button type="button" className="text-button" onClick={() => setExplained(true)}>{words.agreement.explain}</button>
              <button type="button" className="text-button" onClick={dismiss}>{words.dismiss}</button>
            </span>
          )}
        >
          {notice}
        </Banner>
      )}
      {isExplained && disagreements.length > 0 && <DisagreementDialog room={room} onClose={() => setExplained(false)} />}
    </div>
  )
}

/** What it means, what to do, and the evidence. */
function DisagreementDialog ({ room, onClose }: { room: Room, onClose: () => void }) {
  const { code, words } = useLanguage()
  const w = words.agreement
  const { dialogs } = useUi()
  const disagreements = useSignal(room.people.disagreements)
  const evidence = evidenceOf(disagreements, room.tag)
  /** There a new room is made of this one. */
  const showSettings = (): void => {
    onClose()
    dialogs.show('room-settings')
  }
  return (
    <Dialog title={w.title} shape="wide" onClose={onClose}>
      <div className="disagreement">
        <p>{w.meaning(whoDisagrees(disagreements, code, words).text)}</p>
        <p>{w.cause}</p>
        <ol>{[w.compare, w.update, w.report, w.leave].map((step) => <li key={step}>{step}</li>)}</ol>
        <h3 className="section-title">{w.details}</h3>
        <pre>{evidence}</pre>
      </div>
      <footer className="dialog-foot">
        <CopyButton text={evidence} />
        <Button onClick={showSettings}>{w.newRoom}</Button>
      </footer>
    </Dialog>
  )
}
