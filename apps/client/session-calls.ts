/** Calls joined to rooms: loaded when the first page is there, since nobody calls in the first second. */
import { computed } from '@preact/signals-core'
import type { DeviceKey, RoomTag, UserKey } from '#shared/ids.ts'
import type { AccountParts } from './account.ts'
import type { CallPerson, CallPresence, CallRoom, CallsParts } from './calls/index.ts'
import type { DeviceLists } from './identity/device-lists.ts'
import type { Mesh } from './mesh/types.ts'
import type { Platform } from './platform.ts'
import type { PrivacyParts } from './privacy.ts'
import { readMedia, toBits } from './protocols/call/index.ts'
import type { PresenceContent } from './protocols/presence/index.ts'
import { memberOf } from './rooms/membership/resolve.ts'
import type { OpenedRoom, Rooms } from './rooms/index.ts'
import { onChange } from './state/on-change.ts'
import type { Database, Store } from './store/index.ts'

/** Presence that is about calls. */
export type CallContent = Extract<PresenceContent, { type: 'call' | 'ring' | 'order' }>

const SETTINGS_KEY = 'call-settings'
const PICTURE_KEY = 'call-background'

export async function openCalls ({ mesh, self, myUser, rooms, lists, account, database, store, platform, privacy }: {
  mesh: Mesh, self: DeviceKey, myUser: UserKey, rooms: Rooms, lists: DeviceLists, account: AccountParts, database: Pick<Database, 'loadKey' | 'saveKey'>,
  store: Pick<Store, 'loadVoices' | 'saveVoices'>, platform: Platform, privacy: PrivacyParts
}): Promise<CallsParts> {
  const { createCalls } = await import('./calls/index.ts')
  return await createCalls({
    mesh, self, myUser, privacy,
    roomOf: (tag) => callRoomOf({ rooms, lists }, tag, self),
    voiceRoomOf: (tag) => announcing({ rooms, lists }, tag)?.personOf ?? null,
    iceServers: async () => await account.iceServers(),
    onWake: (listener) => platform.onWake(listener),
    effects: platform.effects ?? null,
    settings: {
      load: async () => await database.loadKey(SETTINGS_KEY) as Record<string, unknown> | null ?? {},
      save: async (settings) => await database.saveKey(SETTINGS_KEY, settings)
    },
    picture: {
      load: async () => await database.loadKey(PICTURE_KEY) as Blob | null,
      save: async (picture) => await database.saveKey(PICTURE_KEY, picture)
    },
    voices: {
      load: async () => await store.loadVoices(),
      save: async (voices) => await store.saveVoices(voices)
    }
  })
}

interface Known { rooms: Pick<Rooms, 'get' | 'all'>, lists: DeviceLists }

/** A room as calls know it; null where this device is not in. */
export function callRoomOf ({ rooms, lists }: Known, tag: RoomTag, self: DeviceKey): CallRoom | null {
  const opened = rooms.get(tag)
  if (opened === null || memberOf(opened.log.membership.peek(), self) === null) return null
  const { membership } = opened.log
  return {
    personOf: (device) => personIn(opened, lists, device),
    name: () => opened.room.summary.peek().name,
    peer: opened.room.summary.peek().peer,
    isModerator: (user) => membership.peek().kind !== 'direct' && membership.peek().rightsOf(user).canModerate,
    mayActOn: (by, user) => membership.peek().rightsOf(by).mayActOn(user),
    say (presence) {
      opened.sendPresence(toContent(presence))
      if (presence.type === 'call') announcing({ rooms, lists }, tag)?.say({ ...toContent(presence), type: 'voice', room: tag })
    },
    onMembersChanged: (listener) => onChange(computed(() => [membership.value, lists.known.value]), listener)
  }
}

/** RULE: a device that its person has revoked is nobody in calls and rings, also where the room has not put it out yet. */
const personIn = ({ log, naming }: OpenedRoom, lists: DeviceLists, device: DeviceKey): CallPerson | null => {
  const member = memberOf(log.membership.peek(), device)
  if (member === null || lists.isRevoked(member.user, device)) return null
  const { text: name, mark: nameMark } = naming.peek().of(member.user)
  return { user: member.user, name, nameMark }
}

/** RULE: who is in a voice room is told in the room that announces it as open, and nowhere else. */
function announcing ({ rooms, lists }: Known, voiceRoom: RoomTag): { personOf: CallRoom['personOf'], say: (content: Extract<PresenceContent, { type: 'voice' }>) => void } | null {
  for (const opened of rooms.all.peek().values()) {
    const party = opened.log.membership.peek().parties.get(voiceRoom)
    if (party?.isVoice === true && party.inviteSecret !== null) return { personOf: (device) => personIn(opened, lists, device), say: (content) => opened.sendPresence(content) }
  }
  return null
}

function toContent (presence: Extract<CallPresence, { type: 'call' }>): Extract<PresenceContent, { type: 'call' }>
function toContent (presence: CallPresence): CallContent
function toContent (presence: CallPresence): CallContent {
  return presence.type !== 'call' ? presence : { type: 'call', joinedAt: presence.joinedAt, media: presence.media === null ? null : toBits(presence.media) }
}

/** What a member said about a call, as calls know it. */
export function hearCall (calls: CallsParts | null, tag: RoomTag, from: DeviceKey, content: CallContent | Extract<PresenceContent, { type: 'voice' }>): void {
  calls?.heard(content.type === 'voice' ? content.room : tag, from, content.type !== 'call' && content.type !== 'voice'
    ? content
    : { type: 'call', joinedAt: content.joinedAt, media: content.media === null ? null : readMedia(content.media) })
}
