import { signal, type ReadonlySignal } from '@preact/signals-core'

/** A short word at the edge of the window about something that no single place shows. */
export interface Notice {
  id: number
  kind: 'info' | 'trouble'
  title: string
  text: string
  /** What can be done about it; each also dismisses it. With any, it stays until it is answered. */
  actions?: readonly { label: string, perform: () => void }[]
}

export interface Notices {
  readonly shown: ReadonlySignal<readonly Notice[]>
  show (notice: Omit<Notice, 'id'>): void
  dismiss (id: number): void
}

/** More than three at once would cover the conversation; the oldest goes. */
const SHOWN_MAX = 3

export function createNotices (): Notices {
  const shown = signal<readonly Notice[]>([])
  let nextId = 1
  return {
    shown,
    show (notice) {
      const others = shown.value.filter((one) => one.title !== notice.title || one.text !== notice.text)
      shown.value = [...others, { ...notice, id: nextId++ }].slice(-SHOWN_MAX)
    },
    dismiss (id) { shown.value = shown.value.filter((one) => one.id !== id) }
  }
}
