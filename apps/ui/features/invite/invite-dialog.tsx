import { useEffect, useRef, useState } from 'react'
import { Check, Copy, Link2Off } from 'lucide-react'
import type { InviteOptions, Room } from '#client'
import { Button } from '../../components/button.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { ErrorText } from '../../components/error-text.tsx'
import { Field } from '../../components/field.tsx'
import { selectFromStart } from '../../components/select-from-start.ts'
import { useNow } from '../../hooks/use-now.ts'
import { useSignal } from '../../hooks/use-signal.ts'
import { useTask } from '../../hooks/use-task.ts'
import { useUi, useWords } from '../../state/app-context.ts'
import { InviteChoices } from './invite-choices.tsx'
import { OpenInvites } from './open-invites.tsx'
import { QrCode } from './qr-code.tsx'
import { usableInvite } from './usable-invite.ts'
import './invite.css'

/** Shows a link at once: the newest that still works, else a new one. */
export function InviteDialog ({ room }: { room: Room }) {
  const words = useWords()
  const { dialogs } = useUi()
  const { name } = useSignal(room.summary)
  const create = useSignal(room.invite)
  const invites = useSignal(room.invites)
  const now = useNow(30_000)
  const task = useTask()
  const [madeLink, setMadeLink] = useState<string | null>(null)
  const [revokedLink, setRevokedLink] = useState<string | null>(null)
  const [wasRevoked, setWasRevoked] = useState(false)
  // A link that was just made may not be listed yet, and one that was just revoked may still be.
  const open = invites.filter((invite) => invite.link !== revokedLink)
  const isListed = open.some((invite) => invite.link === madeLink)
  const link = isListed || open.length === 0 ? madeLink ?? usableInvite(open, now) : usableInvite(open, now) ?? madeLink
  const onRevoked = (gone: string | null): void => {
    setWasRevoked(true)
    setRevokedLink(gone)
    if (gone === madeLink) setMadeLink(null)
  }

  const make = (options?: InviteOptions): Promise<boolean> => task.run(async () => {
    if (create !== null) setMadeLink((await create(options)).link)
  })
  const wasAsked = useRef(false)
  useEffect(() => {
    // Only when it opens: whoever revokes the last link does not want another at once.
    if (wasAsked.current || create === null) return
    wasAsked.current = true
    if (usableInvite(room.invites.value, Date.now()) === null) task.run(async () => { setMadeLink((await create()).link) }).catch(() => {})
  }, [create, room, task])

  return (
    <Dialog title={words.invite.title} shape="wide" onClose={() => dialogs.close()}>
      <p className="dialog-text">{create === null ? words.invite.notAllowed : words.invite.intro(name)}</p>
      {task.error !== null && <ErrorText error={task.error} />}
      <div className="invite">
        <div className="invite-qr">
          {link !== null
            ? <QrCode text={link} label={words.invite.qr} />
            : <div className="qr qr-empty">{task.isBusy ? <span className="spinner" aria-hidden="true" /> : <Link2Off size={32} aria-hidden />}</div>}
        </div>
        <div className="invite-main">
          {link === null ? <p className="invite-making" role="status">{task.isBusy ? words.invite.making : words.invite.none}</p> : <LinkBox link={link} />}
          {create !== null && <InviteChoices isBusy={task.isBusy} onMake={make} />}
        </div>
      </div>
      <OpenInvites room={room} onRevoked={onRevoked} />
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
