import { useEffect } from 'react'
import type { Call, Calls } from '#client'
import { useAttempt } from '../../hooks/use-attempt.ts'
import { useSignal } from '../../hooks/use-signal.ts'
import { usePlatform, useUi } from '../../state/app-context.ts'
import { commandOf, isWriting } from './call-keys.ts'
import { steer } from './steer.ts'

/** The keys of a running call: letters, the key that is held to talk, and those of the whole system where the host has them. */
export function useCallKeys (call: Call, calls: Calls): void {
  const { dialogs } = useUi()
  const attempt = useAttempt()
  const { globalKeys } = usePlatform()
  const { hasKeys, hasGlobalKeys, pushToTalk, talkKey } = useSignal(calls.settings)

  useEffect(() => {
    if (!hasKeys) return
    const onKey = (event: KeyboardEvent): void => {
      const command = commandOf(event)
      if (command === null || event.defaultPrevented || isTyping(event.target) || dialogs.open.value !== null) return
      event.preventDefault()
      attempt(() => steer(call, command)).catch(() => {})
    }
    window.addEventListener('keydown', onKey)
    return () => { window.removeEventListener('keydown', onKey) }
  }, [call, dialogs, attempt, hasKeys])

  useEffect(() => {
    if (!pushToTalk) return
    const onDown = (event: KeyboardEvent): void => {
      if (event.code !== talkKey || (isWriting(talkKey) && isTyping(event.target))) return
      event.preventDefault()
      call.setTalking(true)
    }
    const onUp = (event: KeyboardEvent): void => { if (event.code === talkKey) stop() }
    // Whoever goes elsewhere with the key held lets go of it there, unseen.
    const stop = (): void => call.setTalking(false)
    window.addEventListener('keydown', onDown)
    window.addEventListener('keyup', onUp)
    window.addEventListener('blur', stop)
    return () => {
      stop()
      window.removeEventListener('keydown', onDown)
      window.removeEventListener('keyup', onUp)
      window.removeEventListener('blur', stop)
    }
  }, [call, pushToTalk, talkKey])

  useEffect(() => {
    if (globalKeys === null || !hasGlobalKeys) return
    return globalKeys.listen((command) => { attempt(() => steer(call, command)).catch(() => {}) })
  }, [call, globalKeys, hasGlobalKeys, attempt])
}

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && (target.isContentEditable || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement ||
    (target instanceof HTMLInputElement && !['checkbox', 'radio', 'range', 'button'].includes(target.type)))
