/** Tells those parts of the node that serve devices which of them was signed out. */
export interface Revocations {
  readonly announce: (id: string) => void
  /** Returns stop. */
  readonly onRevoked: (listener: (id: string) => void) => () => void
}

export function createRevocations (): Revocations {
  const listeners = new Set<(id: string) => void>()
  return {
    announce (id) {
      for (const listener of listeners) listener(id)
    },
    onRevoked (listener) {
      listeners.add(listener)
      return () => { listeners.delete(listener) }
    }
  }
}
