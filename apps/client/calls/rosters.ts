/** Who is in the call of each room, as this device has heard (roster.ts). */
import { computed, signal, type ReadonlySignal } from '@preact/signals-core'
import type { DeviceKey, RoomTag, UserKey } from '#shared/ids.ts'
import type { RunningCall } from '../api-calls.ts'
import type { CallRoom } from './call-room.ts'
import { dropSilent, hearAnnouncement, without, type Announcement, type Roster } from './roster.ts'

export interface Rosters {
  of: (tag: RoomTag) => Roster
  /** Without those who are blocked: they are in it for the others. Follows changes. */
  readonly running: ReadonlySignal<ReadonlyMap<RoomTag, RunningCall>>
  /** Answers false for what is not believed: it is late, or played again. */
  hear(tag: RoomTag, device: DeviceKey, announcement: Announcement, at: number): boolean
  drop(tag: RoomTag, device: DeviceKey): void
  /** Who has not been heard of for too long. */
  silent(at: number): readonly { tag: RoomTag, device: DeviceKey }[]
}

export function createRosters ({ personIn, blocked, onChange }: {
  personIn: (tag: RoomTag, device: DeviceKey) => ReturnType<CallRoom['personOf']>
  blocked: ReadonlySignal<ReadonlySet<UserKey>>
  onChange: (tag: RoomTag) => void
}): Rosters {
  const all = signal<ReadonlyMap<RoomTag, Roster>>(new Map())
  const of = (tag: RoomTag): Roster => all.peek().get(tag) ?? new Map()
  const set = (tag: RoomTag, roster: Roster): void => {
    const next = new Map(all.peek())
    if (roster.size === 0) next.delete(tag)
    else next.set(tag, roster)
    all.value = next
    onChange(tag)
  }

  const describe = (tag: RoomTag, roster: Roster): RunningCall | null => {
    const shown = [...roster.values()].sort((a, b) => a.joinedAt - b.joinedAt).flatMap(({ device, media, joinedAt }) => {
      const person = personIn(tag, device)
      return person === null || blocked.value.has(person.user) ? [] : [{ joinedAt, participant: { ...person, isMuted: !media.microphone } }]
    })
    return shown[0] === undefined ? null : { participants: shown.map(({ participant }) => participant), startedAt: shown[0].joinedAt }
  }

  return {
    of,
    running: computed(() => new Map([...all.value].flatMap(([tag, roster]): [RoomTag, RunningCall][] => {
      const call = describe(tag, roster)
      return call === null ? [] : [[tag, call]]
    }))),
    hear (tag, device, announcement, at) {
      const before = of(tag)
      const roster = hearAnnouncement(before, device, announcement, at)
      if (roster === before) return false
      set(tag, roster)
      return true
    },
    drop: (tag, device) => set(tag, without(of(tag), device)),
    silent: (at) => [...all.peek()].flatMap(([tag, roster]) => {
      const left = dropSilent(roster, at)
      return [...roster.keys()].flatMap((device) => left.has(device) ? [] : { tag, device })
    })
  }
}
