import { computed, effect, signal, type ReadonlySignal } from '@preact/signals-core'
import type { Client, InvitePreview, JoinAttempt } from '#client'
import type { RoomTag } from '#shared/ids.ts'

/** One way into a room that was begun and not yet finished; it lives on while its dialog is closed. */
export interface Joining {
  /** The link the app was opened with, until it was answered. Also kept over a reload of this tab, since people read their code in it. */
  readonly pendingLink: ReadonlySignal<string | null>
  /** The same for the link by which another device of this person wants to make this one theirs. */
  readonly pendingDevice: ReadonlySignal<string | null>
  readonly active: ReadonlySignal<{ link: string, preview: InvitePreview, attempt: JoinAttempt } | null>
  receive (link: string): void
  dismissLink (): void
  /** @throws {ParleyError} as `Client.readInvite`. */
  begin (client: Client, link: string, onJoined: (tag: RoomTag) => void): void
  /** Ends the attempt, or forgets how it ended. */
  end (): void
}

/** As the QR code of the other device has it; everything else is taken for an invitation. */
const isDeviceLink = (link: string): boolean => /^https?:\/\/[^/#]+\/link\/?#/.test(link)

const LINK_KEY = 'parley.pending-invite'

/** The tab's own memory: gone with the tab, and other tabs never see it, since the link is a secret. */
function remember (link: string | null): void {
  try {
    if (link === null) window.sessionStorage.removeItem(LINK_KEY)
    else window.sessionStorage.setItem(LINK_KEY, link)
  } catch { /* storage is denied: the link lasts until a reload */ }
}

function recall (): string | null {
  try {
    return window.sessionStorage.getItem(LINK_KEY)
  } catch {
    return null
  }
}

export function createJoining (): Joining {
  const pending = signal(recall())
  const active = signal<{ link: string, preview: InvitePreview, attempt: JoinAttempt } | null>(null)
  const setPending = (link: string | null): void => {
    pending.value = link
    remember(link)
  }
  return {
    pendingLink: computed(() => pending.value === null || isDeviceLink(pending.value) ? null : pending.value),
    pendingDevice: computed(() => pending.value !== null && isDeviceLink(pending.value) ? pending.value : null),
    active,
    receive: setPending,
    dismissLink: () => { setPending(null) },
    begin (client, link, onJoined) {
      const preview = client.readInvite(link)
      const attempt = client.join(link)
      active.value = { link, preview, attempt }
      setPending(null)
      const stop = effect(() => {
        const state = attempt.state.value
        if (state.status !== 'joined' || active.peek()?.attempt !== attempt) return
        // The effect may run before `stop` is assigned, hence the microtask.
        queueMicrotask(() => {
          stop()
          active.value = null
          onJoined(state.roomTag)
        })
      })
    },
    end () {
      const attempt = active.value?.attempt
      active.value = null
      if (attempt?.state.value.status !== 'joined') attempt?.cancel()
    }
  }
}
