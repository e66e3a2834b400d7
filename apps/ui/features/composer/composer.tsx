import { useRef, useState } from 'react'
import { SendHorizontal, Timer } from 'lucide-react'
import { ParleyError } from '#shared/errors.ts'
import { MESSAGE_MAX_BYTES } from '#shared/limits.ts'
import type { Room } from '#client'
import { ErrorText } from '../../components/error-text.tsx'
import { useIsPast } from '../../hooks/use-is-past.ts'
import { useNow } from '../../hooks/use-now.ts'
import { useSignal } from '../../hooks/use-signal.ts'
import { useLanguage, useWords } from '../../state/app-context.ts'
import { toParleyError } from '../../state/to-parley-error.ts'
import type { Editing } from '../messages/editing.ts'
import { byteLength } from './byte-length.ts'
import { EditBox } from './edit-box.tsx'
import { TypingLine } from './typing-line.tsx'
import { waitWords, whyNot } from './writing.ts'
import { WritingBox } from './writing-box.tsx'
import './composer.css'

/** Where one writes, and where one rewrites: a message that is being edited takes the place of the next one, which waits. */
export function Composer ({ room, editing }: { room: Room, editing: Editing }) {
  const target = useSignal(editing.target)
  const edit = useSignal(room.messages.edit)
  // Whoever comes back from editing goes on writing where they were.
  const [hasEdited, setHasEdited] = useState(false)
  return (
    <div className="composer">
      {target !== null && edit !== null
        ? <EditBox key={target.id} message={target} edit={edit} onDone={() => { setHasEdited(true); editing.end() }} />
        : <MessageBox room={room} editing={editing} isFocused={hasEdited} />}
    </div>
  )
}

/** The text survives everything: a reload, another room, a failure to send. */
function MessageBox ({ room, editing, isFocused }: { room: Room, editing: Editing, isFocused: boolean }) {
  const language = useLanguage()
  const words = language.words.composer
  const summary = useSignal(room.summary)
  const send = useSignal(room.messages.send)
  const draft = useSignal(room.messages.draft)
  const nextSendAt = useSignal(room.messages.nextSendAt)
  const mutedUntil = useSignal(room.people.mutedUntil)
  const isSlow = !useIsPast(nextSendAt)
  const isMuteOver = useIsPast(mutedUntil)
  const minute = useNow(30_000)
  // Null until touched: the stored draft may be read from disk after the box is shown.
  const [typed, setTyped] = useState<string | null>(null)
  const [error, setError] = useState<ParleyError | null>(null)
  const holder = useRef<HTMLDivElement>(null)
  const text = typed ?? draft
  // At the end of a mute the words change on time.
  const now = mutedUntil !== null && isMuteOver ? Math.max(minute, mutedUntil) : minute
  const why = whyNot({ summary, canSend: send !== null || isSlow, mutedUntil, now }, language)

  const change = (next: string): void => {
    setTyped(next)
    room.messages.setDraft(next)
  }

  const submit = async (): Promise<void> => {
    if (send === null) return
    if (byteLength(text) > MESSAGE_MAX_BYTES) {
      setError(new ParleyError('message-too-long', { details: { maxBytes: MESSAGE_MAX_BYTES } }))
      return
    }
    setError(null)
    change('')
    try {
      await send(text.trimEnd())
    } catch (cause) {
      setError(toParleyError(cause))
      // What was typed in the meantime stays below it.
      const since = holder.current?.querySelector('textarea')?.value ?? ''
      change(since === '' ? text : `${text}\n${since}`)
    }
  }

  return (
    <div ref={holder}>
      {error !== null && <ErrorText error={error} />}
      <WritingBox
        label={words.message} placeholder={words.hint(summary.name)} text={text} isDisabled={why !== null} canSubmit={send !== null && !isSlow} isFocused={isFocused}
        submitLabel={words.send} submitIcon={<SendHorizontal size={18} aria-hidden />} onSubmit={submit}
        foot={why !== null ? <p id="composer-note">{why}</p> : isSlow && nextSendAt !== null ? <SlowLine until={nextSendAt} /> : <TypingLine room={room} />}
        onChange={(next) => {
          change(next)
          setError(null)
          room.live.setTyping(next !== '')
        }}
        onKey={(event) => {
          if (event.key === 'ArrowUp' && text === '' && room.messages.edit.value !== null && editing.beginNewest()) event.preventDefault()
        }}
      />
    </div>
  )
}

/** A countdown; a screen reader hears it when it comes to the box, not every second. */
function SlowLine ({ until }: { until: number }) {
  const words = useWords().writing
  const now = useNow(1000)
  const wait = waitWords(until, now)
  return <p id="composer-note" className="slow"><Timer size={14} aria-hidden /> {wait !== null && words.slow(wait)}</p>
}
