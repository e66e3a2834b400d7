import { signal, type ReadonlySignal } from '@preact/signals-core'
import { isRoomTag, type RoomTag } from '#shared/ids.ts'

/** What the main pane shows. */
export type Place = { page: 'home' } | { page: 'room', tag: RoomTag }

export interface Navigation {
  readonly place: ReadonlySignal<Place>
  go (place: Place): void
  /** Where a link to a place leads, for `href`. */
  pathOf (place: Place): string
  dispose (): void
}

export const pathOf = (place: Place): string => place.page === 'home' ? '/' : `/room/${place.tag}`

/** Anything that is no room is home, also `/join`, whose link the platform hands over by itself. */
export function parsePath (path: string): Place {
  const tag = /^\/room\/([0-9a-f]+)\/?$/.exec(path)?.[1]
  return tag !== undefined && isRoomTag(tag) ? { page: 'room', tag } : { page: 'home' }
}

/** The place is the path of the address bar: Back works, a reload comes back, a room's address can be kept. */
export function createNavigation (): Navigation {
  const place = signal<Place>(parsePath(window.location.pathname))
  const follow = (): void => { place.value = parsePath(window.location.pathname) }
  window.addEventListener('popstate', follow)
  return {
    place,
    go (next) {
      if (pathOf(next) !== window.location.pathname) window.history.pushState(null, '', pathOf(next))
      place.value = next
    },
    pathOf,
    dispose: () => { window.removeEventListener('popstate', follow) }
  }
}
