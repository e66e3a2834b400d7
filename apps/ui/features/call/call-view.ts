/** What is seen of a call here: it lasts as long as the call, wherever one looks meanwhile. */
import { signal, type ReadonlySignal } from '@preact/signals-core'
import type { Call } from '#client'
import type { Choice } from './stage-layout.ts'

/** What lies open beside the pictures or below the bar; one at a time. */
export type CallPanel = 'devices' | 'people' | 'recording'

export interface CallView {
  readonly choice: ReadonlySignal<Choice>
  readonly panel: ReadonlySignal<CallPanel | null>
  /** The small window that stays on top; null while there is none. */
  readonly popOut: ReadonlySignal<Window | null>
  choose (choice: Choice): void
  /** Opens a panel, or closes it where it is the open one. */
  toggle (panel: CallPanel): void
  setPopOut (window: Window | null): void
}

const views = new WeakMap<Call, CallView>()

export function viewOf (call: Call): CallView {
  const view = views.get(call) ?? createView()
  views.set(call, view)
  return view
}

function createView (): CallView {
  const choice = signal<Choice>(null)
  const panel = signal<CallPanel | null>(null)
  const popOut = signal<Window | null>(null)
  return {
    choice, panel, popOut,
    choose (next) { choice.value = next },
    toggle (which) { panel.value = panel.peek() === which ? null : which },
    setPopOut (window) { popOut.value = window }
  }
}
