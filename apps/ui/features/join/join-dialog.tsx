import { useState } from 'react'
import type { InvitePreview, JoinAttempt } from '#client'
import type { ErrorCode, ParleyError } from '#shared/errors.ts'
import { Avatar } from '../../components/avatar.tsx'
import { Button } from '../../components/button.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { ErrorText } from '../../components/error-text.tsx'
import { Field } from '../../components/field.tsx'
import { useSignal } from '../../hooks/use-signal.ts'
import { useClient, useUi, useWords } from '../../state/app-context.ts'
import { toParleyError } from '../../state/to-parley-error.ts'
import './join.css'

/** What trying again does not change. */
const FINAL: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'invite-malformed', 'invite-version', 'invite-outdated', 'invite-other-node', 'invite-expired', 'invite-used-up', 'invite-revoked', 'request-declined',
  'banned'
])

/** From a link to a room: paste it (or come by it), say yes, watch how far it is. */
export function JoinDialog ({ ownName }: { ownName: string }) {
  const words = useWords().join
  const { dialogs, joining } = useUi()
  const active = useSignal(joining.active)
  const pending = useSignal(joining.pendingLink)
  const close = (): void => {
    joining.dismissLink()
    if (active?.attempt.state.value.status === 'failed') joining.end()
    dialogs.close()
  }
  return (
    <Dialog title={words.title} onClose={close}>
      {active !== null
        ? <Progress link={active.link} preview={active.preview} attempt={active.attempt} onClose={close} />
        : <Ask link={pending} ownName={ownName} onClose={close} />}
    </Dialog>
  )
}

function Ask ({ link, ownName, onClose }: { link: string | null, ownName: string, onClose: () => void }) {
  const words = useWords()
  const begin = useBegin()
  const client = useClient()
  const { navigation, joining, dialogs } = useUi()
  const [text, setText] = useState('')
  const [refused, setRefused] = useState<ParleyError | null>(null)
  const { preview, error } = read(link ?? text, client)

  const submit = (): void => {
    if (preview?.isMember === true) {
      joining.dismissLink()
      dialogs.close()
      navigation.go({ page: 'room', tag: preview.roomTag })
    } else setRefused(begin(link ?? text))
  }

  const shownError = refused ?? (link === null ? null : error)
  return (
    <form noValidate onSubmit={(event) => { event.preventDefault(); submit() }}>
      {link === null && (
        <Field
          label={words.join.link} placeholder={words.join.linkHint} data-autofocus autoComplete="off" spellCheck={false} type="text" inputMode="url"
          value={text} error={refused} onChange={(event) => { setText(event.target.value); setRefused(null) }}
        />
      )}
      {link !== null && shownError !== null && <ErrorText error={shownError} />}
      {preview !== null && <Preview preview={preview} ownName={ownName} />}
      <footer className="dialog-foot">
        <Button onClick={onClose}>{words.cancel}</Button>
        {(link === null || error === null) && (
          <Button kind="primary" type="submit" data-autofocus={link === null ? undefined : ''} disabled={link === null && text.trim() === ''}>
            {preview?.isMember === true ? words.join.openRoom : words.join.submit}
          </Button>
        )}
      </footer>
    </form>
  )
}

function Preview ({ preview, ownName }: { preview: InvitePreview, ownName: string }) {
  const { join: words, names } = useWords()
  return (
    <div className="join-preview">
      <Avatar name={preview.roomName} of={preview.roomTag} size={48} shape="room" />
      <div>
        <p className="join-title">{words.askTitle(preview.roomName === '' ? names.unnamedRoom : preview.roomName)}</p>
        <p>{preview.isMember ? words.already : `${words.askBy(preview.inviterName === '' ? names.someone : preview.inviterName)} ${words.joinedAs(ownName)}`}</p>
        {!preview.isMember && <p className="join-note">{words.unverified}</p>}
      </div>
    </div>
  )
}

function Progress ({ link, preview, attempt, onClose }: { link: string, preview: InvitePreview, attempt: JoinAttempt, onClose: () => void }) {
  const words = useWords()
  const w = words.join
  const { joining } = useUi()
  const begin = useBegin()
  const state = useSignal(attempt.state)

  if (state.status === 'failed') {
    const isFinal = FINAL.has(state.error.code)
    return (
      <>
        <ErrorText error={state.error} />
        <footer className="dialog-foot">
          <Button onClick={onClose} {...(isFinal ? { 'data-autofocus': '' } : {})}>{words.close}</Button>
          {!isFinal && <Button kind="primary" data-autofocus onClick={() => { begin(link) }}>{w.retry}</Button>}
        </footer>
      </>
    )
  }
  const isWaiting = state.status === 'waiting-for-members' || state.status === 'waiting-for-approval'
  const line = {
    'connecting': w.connecting, 'waiting-for-members': w.waiting, 'waiting-for-approval': w.waitingForApproval, 'joined': w.joined,
    'joining': state.status === 'joining' ? w.joining(state.memberName) : ''
  }[state.status]
  return (
    <>
      <div className="join-preview">
        <Avatar name={preview.roomName} of={preview.roomTag} size={48} shape="room" />
        <div>
          <p className="join-title">{preview.roomName === '' ? words.names.unnamedRoom : preview.roomName}</p>
          <p className="join-progress" role="status"><span className="spinner" aria-hidden="true" />{line}</p>
          {isWaiting && <p className="join-note">{state.status === 'waiting-for-approval' ? w.waitingForApprovalText : w.waitingText}</p>}
        </div>
      </div>
      <footer className="dialog-foot">
        <Button onClick={() => { joining.end(); onClose() }}>{words.cancel}</Button>
        {isWaiting && <Button kind="primary" onClick={onClose}>{w.background}</Button>}
      </footer>
    </>
  )
}

/** Begins with a link; answers why it could not. When it is done the room opens, or, with this dialog closed, a notice says so. */
function useBegin (): (link: string) => ParleyError | null {
  const words = useWords().join
  const client = useClient()
  const { joining, dialogs, navigation, notices } = useUi()
  return (link) => {
    try {
      joining.begin(client, link, (tag) => {
        if (dialogs.open.value?.name !== 'join') {
          notices.show({ kind: 'info', title: words.joined, text: client.room(tag)?.summary.value.name ?? '' })
          return
        }
        dialogs.close()
        navigation.go({ page: 'room', tag })
      })
      return null
    } catch (cause) {
      return toParleyError(cause)
    }
  }
}

function read (link: string, client: ReturnType<typeof useClient>): { preview: InvitePreview | null, error: ParleyError | null } {
  if (link.trim() === '') return { preview: null, error: null }
  try {
    return { preview: client.readInvite(link), error: null }
  } catch (cause) {
    return { preview: null, error: toParleyError(cause) }
  }
}
