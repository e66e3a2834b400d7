import { signal, type ReadonlySignal } from '@preact/signals-core'

/** A short word at the edge of the window about something that no single place shows. */
export interface Notice {
  id: number
  /** Unix ms. */
  shownAt: number
  kind: 'info' | 'trouble'
  title: string
  text: string
  /** What can be done about it; each also dismisses it. With any, it stays until it is answered. */
  actions?: readonly { label: string, perform: () => void }[]
}

export interface Notices {
  readonly shown: ReadonlySignal<readonly Notice[]>
  show (notice: Omit<Notice, 'id' | 'shownAt'>): void
  dismiss (id: number): void
  /** Somebody is at the device: trouble that has been before their eyes for long enough goes, unless it asks something. */
  stir (at: number): void
}

/** Long enough to read a few sentences; counted only where somebody is there to read them. */
const TROUBLE_SHOWN_MS = 20_000
/** More than three at once would cover the conversation; the oldest goes. */
const SHOWN_MAX = 3

export function createNotices (): Notices {
  const shown = signal<readonly Notice[]>([])
  let nextId = 1
  return {
    shown,
    show (notice) {
      const others = shown.value.filter((one) => one.title !== notice.title || one.text !== notice.text)
      shown.value = [...others, { ...notice, id: nextId++, shownAt: Date.now() }].slice(-SHOWN_MAX)
    },
    dismiss (id) { shown.value = shown.value.filter((one) => one.id !== id) },
    stir (at) {
      const left = shown.value.filter(({ kind, actions = [], shownAt }) => kind === 'info' || actions.length > 0 || at - shownAt < TROUBLE_SHOWN_MS)
      if (left.length < shown.value.length) shown.value = left
    }
  }
}
