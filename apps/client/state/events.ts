/** Typed events: one name, one payload object. For what happens; what has a current value is a signal. */
export interface EventSource<Events extends object> {
  on<Name extends keyof Events>(name: Name, listener: (payload: Events[Name]) => void): () => void
}

export interface EventEmitter<Events extends object> extends EventSource<Events> {
  emit<Name extends keyof Events>(name: Name, payload: Events[Name]): void
}

export function createEvents<Events extends object> (): EventEmitter<Events> {
  const listeners = new Map<keyof Events, Set<(payload: never) => void>>()
  return {
    on (name, listener) {
      let set = listeners.get(name)
      if (set === undefined) listeners.set(name, set = new Set())
      set.add(listener)
      return () => { set.delete(listener) }
    },
    emit (name, payload) {
      for (const listener of [...listeners.get(name) ?? []]) {
        try {
          (listener as (value: typeof payload) => void)(payload)
        } catch (error) {
          // A mistake of one listener is its own: it is reported as any uncaught error is, and the others are told.
          queueMicrotask(() => { throw error })
        }
      }
    }
  }
}
