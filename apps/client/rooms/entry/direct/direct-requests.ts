/**
 * Conversations that others have offered and that this person has not answered. Nothing of such a room is opened: no link, no message, no call, no
 * badge comes of it before it is accepted.
 *
 * RULE: a person has one request at most, whatever they offer; their newest offer is the one that is accepted.
 * RULE: where too many people ask, the oldest request from the room most of them come from gives way: a crowd in one room crowds out nobody of another.
 */
import { computed, signal, type ReadonlySignal } from '@preact/signals-core'
import type { RoomTag, UserKey } from '#shared/ids.ts'
import type { DirectRequest, DisplayedName } from '../../../api.ts'
import type { OfferRecord, Store } from '../../../store/index.ts'

/** More than anybody answers. About 1 kB each, with the keys of the offered room. */
export const REQUESTS_MAX = 100

export interface DirectRequests {
  readonly all: ReadonlySignal<readonly DirectRequest[]>
  /** The offer that somebody waits with; null when there is none. */
  of(user: UserKey): OfferRecord | null
  /** Durable when it resolves. */
  keep(offer: OfferRecord): Promise<void>
  forget(user: UserKey): Promise<void>
}

export interface DirectRequestsOptions {
  store: Pick<Store, 'loadOffers' | 'saveOffers'>
  /** The room that an offer came through, as it names its people; null when this device has it no more. Reactive. */
  roomOf: (tag: RoomTag) => { name: string, nameOf: (user: UserKey) => DisplayedName } | null
  /** Who is blocked, or has a conversation with this person already, asks for none. Reactive. */
  isAnswered: (user: UserKey) => boolean
  accept: (user: UserKey) => Promise<RoomTag>
  block: (user: UserKey) => Promise<void>
}

export async function openDirectRequests ({ store, roomOf, isAnswered, accept, block }: DirectRequestsOptions): Promise<DirectRequests> {
  const offers = signal<readonly OfferRecord[]>(await store.loadOffers())
  const change = async (next: readonly OfferRecord[]): Promise<void> => {
    await store.saveOffers(next)
    offers.value = next
  }
  const without = (user: UserKey): OfferRecord[] => offers.peek().filter((offer) => offer.user !== user)
  const postpone = async (user: UserKey): Promise<void> =>
    await change(offers.peek().map((offer) => offer.user === user ? { ...offer, isLater: true } : offer))

  return {
    of: (user) => offers.peek().find((offer) => offer.user === user) ?? null,
    async keep (offer) {
      const known = offers.peek().find(({ user }) => user === offer.user)
      // A second offer is no second knock: what was put off stays put off, and in its place.
      const kept = known === undefined ? offer : { ...offer, receivedAt: known.receivedAt, isLater: known.isLater }
      const others = without(offer.user)
      await change([...others.length < REQUESTS_MAX ? others : thinned(others), kept])
    },
    forget: async (user) => { if (offers.peek().some((offer) => offer.user === user)) await change(without(user)) },
    all: computed(() => offers.value.flatMap(({ user, through, receivedAt, isLater }): DirectRequest[] => {
      const room = roomOf(through)
      if (room === null || isAnswered(user)) return []
      const { text: name, mark: nameMark } = room.nameOf(user)
      return [{
        user, name, nameMark, receivedAt, isLater,
        roomName: room.name,
        accept: async () => await accept(user),
        async block () {
          await block(user)
          await change(without(user))
        },
        postpone: async () => await postpone(user)
      }]
    }).sort((a, b) => Number(a.isLater) - Number(b.isLater) || b.receivedAt - a.receivedAt))
  }
}

/** Without the oldest of the room that most requests came through. */
function thinned (offers: readonly OfferRecord[]): OfferRecord[] {
  const counts = new Map<RoomTag, number>()
  for (const { through } of offers) counts.set(through, (counts.get(through) ?? 0) + 1)
  const most = Math.max(...counts.values())
  const [oldest] = offers.filter(({ through }) => counts.get(through) === most).sort((a, b) => a.receivedAt - b.receivedAt)
  return offers.filter((offer) => offer !== oldest)
}
