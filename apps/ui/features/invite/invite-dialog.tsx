import { useEffect, useRef, useState } from 'react'
import { Check, Copy, Link2Off } from 'lucide-react'
import type { Room } from '#client'
import { Button } from '../../components/button.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { ErrorText } from '../../components/error-text.tsx'
import { Field } from '../../components/field.tsx'
import { selectFromStart } from '../../components/select-from-start.ts'
import { useNow } from '../../hooks/use-now.ts'
import { useSignal } from '../../hooks/use-signal.ts'
import { useUi, useWords } from '../../state/app-context.ts'
import { InviteChoices } from './invite-choices.tsx'
import { InviteFacts, OpenInvites } from './open-invites.tsx'
import { QrCode } from './qr-code.tsx'
import { useShownInvite } from './shown-invite.ts'
import './invite.css'

/** Shows a link at once; everything else about links is below it. */
export function InviteDialog ({ room }: { room: Room }) {
  const words = useWords()
  const { dialogs } = useUi()
  const { name, role } = useSignal(room.summary)
  const { history } = useSignal(room.settings.policy)
  const create = useSignal(room.entry.invite)
  const now = useNow(30_000)
  const { invite, wasReplaced, wasRevoked, task, make, noteRevoked } = useShownInvite(room, now)
  const intro = history === 'everything' ? words.invite.intro(name) : words.inviting.introSince(name)
  return (
    <Dialog title={words.invite.title} shape="wide" onClose={() => dialogs.close()}>
      <p className="dialog-text">{create === null ? words.invite.notAllowed : intro}</p>
      {task.error !== null && <ErrorText error={task.error} />}
      <div className="invite">
        <div className="invite-qr">
          {invite !== null
            ? <QrCode text={invite.link} label={words.invite.qr} />
            : <div className="qr qr-empty">{task.isBusy ? <span className="spinner" aria-hidden="true" /> : <Link2Off size={32} aria-hidden />}</div>}
        </div>
        <div className="invite-main">
          {invite === null ? <p className="invite-making" role="status">{task.isBusy ? words.invite.making : words.invite.none}</p> : <LinkBox link={invite.link} />}
          {invite !== null && <InviteFacts invite={invite} />}
          <p className="invite-note" role="status">{wasReplaced && words.inviting.usedUp}</p>
          {create !== null && <InviteChoices myRole={role} isBusy={task.isBusy} isNeeded={invite === null && wasRevoked} onMake={make} />}
        </div>
      </div>
      <OpenInvites room={room} onRevoked={noteRevoked} />
      {/* Here and not as a notice of the window, which lies behind a modal dialog. */}
      <p className="invite-revoked" role="status">{wasRevoked && words.invite.revoked}</p>
    </Dialog>
  )
}

function LinkBox ({ link }: { link: string }) {
  const words = useWords().invite
  const [copied, setCopied] = useState<'no' | 'yes' | 'refused'>('no')
  const holder = useRef<HTMLDivElement>(null)
  useEffect(() => {
    if (copied === 'no') return
    const timer = setTimeout(() => { setCopied('no') }, 4000)
    return () => { clearTimeout(timer) }
  }, [copied])
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(link)
      setCopied('yes')
    } catch {
      const input = holder.current?.querySelector('input')
      if (input instanceof HTMLInputElement) selectFromStart(input)
      setCopied('refused')
    }
  }
  return (
    <div ref={holder}>
      <Field
        label={words.link} readOnly value={link} data-autofocus onFocus={(event) => selectFromStart(event.target)}
        beside={(
          <Button kind="primary" className="invite-copy" onClick={copy} icon={copied === 'yes' ? <Check size={16} aria-hidden /> : <Copy size={16} aria-hidden />}>
            {copied === 'yes' ? words.copied : words.copy}
          </Button>
        )}
      />
      <p className={copied === 'refused' ? 'invite-note' : 'visually-hidden'} role="status">{{ no: '', yes: words.copied, refused: words.copyFailed }[copied]}</p>
    </div>
  )
}
