/** Whether the own microphone is open: the mute switch, the sound that is off, and push to talk, joined. Signals only, no device. */
import { batch, computed, signal, type ReadonlySignal } from '@preact/signals-core'

export interface OwnVoice {
  readonly isMuted: ReadonlySignal<boolean>
  readonly isDeafened: ReadonlySignal<boolean>
  readonly isTalking: ReadonlySignal<boolean>
  /** Whether what the microphone hears is sent. */
  readonly isOpen: ReadonlySignal<boolean>
  /** Speaking without hearing the answer is nothing that anybody wants: it turns the sound on again. */
  setMuted(isMuted: boolean): void
  /** Closes the microphone too; afterwards the switch is where it was. */
  setDeafened(isDeafened: boolean): void
  setTalking(isTalking: boolean): void
  setPushToTalk(isOn: boolean): void
}

export function createOwnVoice (pushesToTalk: boolean): OwnVoice {
  const isMuted = signal(false)
  const isDeafened = signal(false)
  const isTalking = signal(false)
  const pushToTalk = signal(pushesToTalk)
  let wasMuted = false
  return {
    isMuted, isDeafened, isTalking,
    isOpen: computed(() => !isMuted.value && (!pushToTalk.value || isTalking.value)),
    setMuted (muted) {
      batch(() => {
        isMuted.value = muted
        if (!muted) isDeafened.value = false
      })
    },
    setDeafened (deafened) {
      if (deafened === isDeafened.peek()) return
      batch(() => {
        if (deafened) wasMuted = isMuted.peek()
        isDeafened.value = deafened
        isMuted.value = deafened || wasMuted
      })
    },
    setTalking (talking) { isTalking.value = pushToTalk.peek() && talking },
    setPushToTalk (isOn) {
      batch(() => {
        pushToTalk.value = isOn
        isTalking.value = false
      })
    }
  }
}
