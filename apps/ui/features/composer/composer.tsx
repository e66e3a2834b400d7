import { useLayoutEffect, useRef, useState, type KeyboardEvent } from 'react'
import { SendHorizontal } from 'lucide-react'
import { ParleyError } from '#shared/errors.ts'
import { MESSAGE_MAX_BYTES } from '#shared/limits.ts'
import type { Room } from '#client'
import { IconButton } from '../../components/button.tsx'
import { ErrorText } from '../../components/error-text.tsx'
import { useSignal } from '../../hooks/use-signal.ts'
import { useWords } from '../../state/app-context.ts'
import { toParleyError } from '../../state/to-parley-error.ts'
import { byteLength } from './byte-length.ts'
import { TypingLine } from './typing-line.tsx'
import './composer.css'

/** The count shows up when this little is left: about two sentences. */
const COUNT_FROM_BYTES = 300

/** Where one writes. The text survives everything: a reload, another room, a failure to send. Mount one per room (`key`). */
export function Composer ({ room }: { room: Room }) {
  const words = useWords().composer
  const { name, isMember } = useSignal(room.summary)
  const send = useSignal(room.send)
  const draft = useSignal(room.draft)
  // Null until touched: the stored draft may be read from disk after the box is shown.
  const [typed, setTyped] = useState<string | null>(null)
  const [error, setError] = useState<ParleyError | null>(null)
  const box = useRef<HTMLTextAreaElement>(null)
  const text = typed ?? draft
  const bytesLeft = MESSAGE_MAX_BYTES - byteLength(text)
  useLayoutEffect(() => {
    const element = box.current
    if (element === null || CSS.supports('field-sizing', 'content')) return
    element.style.height = 'auto'
    element.style.height = `${element.scrollHeight}px`
  }, [text])

  const change = (next: string): void => {
    setTyped(next)
    room.setDraft(next)
  }

  const submit = async (): Promise<void> => {
    if (send === null || text.trim() === '') return
    if (bytesLeft < 0) {
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
      const since = box.current?.value ?? ''
      change(since === '' ? text : `${text}\n${since}`)
    }
  }

  const onKeyDown = async (event: KeyboardEvent): Promise<void> => {
    // 229: the key confirms what an input method composes (Safari reports isComposing too early).
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- nothing else tells it in Safari
    const isComposing = event.nativeEvent.isComposing || event.nativeEvent.keyCode === 229
    if (event.key !== 'Enter' || event.shiftKey || isComposing) return
    event.preventDefault()
    await submit()
  }

  return (
    <div className="composer">
      {error !== null && <ErrorText error={error} />}
      <form className="composer-box" onSubmit={async (event) => { event.preventDefault(); await submit() }}>
        <textarea
          ref={box} rows={1} value={text} disabled={send === null} aria-label={words.message} placeholder={words.hint(name)}
          aria-describedby="composer-note" aria-invalid={bytesLeft < 0 || undefined} enterKeyHint="send" data-composer
          onKeyDown={onKeyDown}
          onChange={(event) => {
            change(event.target.value)
            setError(null)
            room.setTyping(event.target.value !== '')
          }}
        />
        <IconButton
          type="submit" label={words.send} icon={<SendHorizontal size={18} aria-hidden />} className="composer-send"
          disabled={send === null || text.trim() === ''}
        />
      </form>
      <div className="composer-foot">
        {send === null
          ? <p id="composer-note">{isMember ? words.notReady : words.cannotWrite}</p>
          : <TypingLine room={room} />}
        {bytesLeft < COUNT_FROM_BYTES && (
          <p id="composer-note" className={bytesLeft < 0 ? 'composer-over' : ''} role="status">
            {bytesLeft < 0 ? words.bytesOver(-bytesLeft) : words.bytesLeft(bytesLeft)}
          </p>
        )}
      </div>
    </div>
  )
}
