import { useMemo } from 'react'
import { computed } from '@preact/signals-core'
import { useAttempt } from '../../hooks/use-attempt.ts'
import { useSignal } from '../../hooks/use-signal.ts'
import { useClient } from '../../state/app-context.ts'
import type { Action } from '../palette/actions.ts'
import { CALL_KEYS, type CallCommand } from './call-keys.ts'
import { steer } from './steer.ts'
import { useCallWords } from './use-call-words.ts'

/** What the palette offers of the call that runs; nothing while none does. */
export function useCallActions (): readonly Action[] {
  const client = useClient()
  const words = useCallWords()
  const attempt = useAttempt()
  return useSignal(useMemo(() => computed(() => {
    const calls = client.calls.value
    const call = calls?.current.value ?? null
    if (calls === null || call === null) return []
    const action = (id: string, label: string, shortcut: string | null, work: () => Promise<void> | void): Action =>
      ({ kind: 'command', id: `call-${id}`, label, shortcut, isEnabled: true, perform: () => { attempt(async () => { await work() }).catch(() => {}) } })
    const command = (name: CallCommand, label: string): Action =>
      action(name, label, calls.settings.value.hasKeys ? CALL_KEYS[name].toUpperCase() : null, () => steer(call, name))
    return [
      command('mute', call.isMuted.value ? words.unmute : words.mute),
      command('video', call.isCameraOn.value ? words.stopVideo : words.startVideo),
      command('sharing', call.isSharing.value ? words.stopSharing : words.shareScreen),
      command('deafen', call.isDeafened.value ? words.undeafen : words.deafen),
      command('hand', call.isHandUp.value ? words.lowerHand : words.raiseHand),
      action('leave', words.leave, null, () => call.leave())
    ]
  }), [client, words, attempt]))
}
