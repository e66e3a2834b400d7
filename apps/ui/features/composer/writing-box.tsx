import { useLayoutEffect, useRef, type KeyboardEvent, type ReactNode } from 'react'
import { MESSAGE_MAX_BYTES } from '#shared/limits.ts'
import { IconButton } from '../../components/button.tsx'
import { useWords } from '../../state/app-context.ts'
import { byteLength } from './byte-length.ts'

/** The count shows up when this little is left: about two sentences. */
const COUNT_FROM_BYTES = 300

interface WritingBoxProps {
  label: string
  placeholder: string
  text: string
  isDisabled: boolean
  /** Enter and the button do nothing while it is false. */
  canSubmit: boolean
  submitLabel: string
  submitIcon: ReactNode
  /** Shown under the box, beside the count. */
  foot: ReactNode
  /** Takes the focus when it appears, with the caret at the end. */
  isFocused?: boolean
  onChange: (text: string) => void
  onSubmit: () => Promise<void>
  /** A key that is neither Enter nor text. */
  onKey?: (event: KeyboardEvent<HTMLTextAreaElement>) => void
}

/** A box for a message: grows with its text, Enter submits, Shift-Enter breaks, and what is too long says so. */
export function WritingBox ({ label, placeholder, text, isDisabled, canSubmit, submitLabel, submitIcon, foot, isFocused = false, onChange, onSubmit, onKey }: WritingBoxProps) {
  const words = useWords().composer
  const box = useRef<HTMLTextAreaElement>(null)
  const bytesLeft = MESSAGE_MAX_BYTES - byteLength(text)
  const isReady = canSubmit && !isDisabled && text.trim() !== ''
  useLayoutEffect(() => {
    const element = box.current
    if (element === null || CSS.supports('field-sizing', 'content')) return
    element.style.height = 'auto'
    element.style.height = `${element.scrollHeight}px`
  }, [text])
  useLayoutEffect(() => {
    const element = box.current
    if (!isFocused || element === null) return
    element.focus()
    element.setSelectionRange(element.value.length, element.value.length)
  }, [isFocused])

  const onKeyDown = async (event: KeyboardEvent<HTMLTextAreaElement>): Promise<void> => {
    // 229: the key confirms what an input method composes (Safari reports isComposing too early).
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- nothing else tells it in Safari
    const isComposing = event.nativeEvent.isComposing || event.nativeEvent.keyCode === 229
    if (isComposing) return
    if (event.key !== 'Enter' || event.shiftKey) {
      onKey?.(event)
      return
    }
    event.preventDefault()
    if (isReady) await onSubmit()
  }

  return (
    <>
      <form className="composer-box" onSubmit={async (event) => { event.preventDefault(); if (isReady) await onSubmit() }}>
        <textarea
          ref={box} rows={1} value={text} disabled={isDisabled} aria-label={label} placeholder={placeholder}
          aria-describedby="composer-note" aria-invalid={bytesLeft < 0 || undefined} enterKeyHint="send" data-composer
          onKeyDown={onKeyDown} onChange={(event) => onChange(event.target.value)}
        />
        <IconButton type="submit" label={submitLabel} icon={submitIcon} className="composer-send" disabled={!isReady} />
      </form>
      <div className="composer-foot">
        {foot}
        {bytesLeft < COUNT_FROM_BYTES && (
          <p id="composer-note" className={bytesLeft < 0 ? 'composer-over' : ''} role="status">
            {bytesLeft < 0 ? words.bytesOver(-bytesLeft) : words.bytesLeft(bytesLeft)}
          </p>
        )}
      </div>
    </>
  )
}
