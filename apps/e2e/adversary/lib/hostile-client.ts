/**
 * A member who uses the product's own client and calls themselves what they like: their passport says who they are, their rooms are told something else.
 *
 * @example
 * await using mallory = await openHostileClient(node, { name: 'Mallory', claims: 'Alice' })
 * await mallory.join(link)
 */
// Has to come first: the client's store takes whatever IndexedDB it finds when it is loaded.
import 'fake-indexeddb/auto'
import { randomUUID } from 'node:crypto'
import { signal, type Signal } from '@preact/signals-core'
import type { RoomTag, UserKey } from '#shared/ids.ts'
import { parseInvite } from '#shared/invite.ts'
import { createAccount } from '../../../client/account.ts'
import type { ClientEvents } from '../../../client/api.ts'
import { openVault, type StoredVaultKey } from '../../../client/crypto/index.ts'
import { loadDevice } from '../../../client/identity/index.ts'
import { createNodeApi } from '../../../client/node-api/index.ts'
import { openSession, type Session } from '../../../client/session.ts'
import { createEvents } from '../../../client/state/events.ts'
import { openDatabase } from '../../../client/store/index.ts'
import { createHeadlessPlatform } from '../../../friend/platform.ts'
import { until } from '../../../friend/until.ts'
import type { Mailbox } from '../../harness/mailbox.ts'

const TIME_LIMIT_MS = 60_000

export interface HostileClient extends AsyncDisposable {
  readonly session: Session
  /** What rooms are told; another one is told at once. */
  readonly claims: Signal<string>
  join(link: string): Promise<RoomTag>
  /** The root key of the member that a room calls so. */
  userOf(tag: RoomTag, name: string): Promise<UserKey>
}

export async function openHostileClient (node: { origin: string, mailbox: Mailbox }, { name, claims: claimed }: { name: string, claims: string }): Promise<HostileClient> {
  const database = await openDatabase(`${name}-${randomUUID()}`)
  const device = await loadDevice(database)
  const store = database.withVault(await openVault(await database.loadKey('vault') as StoredVaultKey | null, null, async (key) => await database.saveKey('vault', key)))
  const platform = createHeadlessPlatform()
  const api = createNodeApi({ origin: node.origin, deviceKey: device.signing })
  const account = createAccount({ api, store, device, platform, nodeOrigin: node.origin })
  const email = `${name.toLowerCase()}@example.org`
  await account.requestCode(email)
  await account.verifyCode(email, await node.mailbox.nextCode(email))
  await account.chooseName(name)
  const claims = signal(claimed)
  const session = await openSession({
    account, database, store, device, platform, nodeOrigin: node.origin, iceServers: [], events: createEvents<ClientEvents>(), myName: claims
  })
  await session.connect()
  const limit = { timeoutMs: TIME_LIMIT_MS }
  return {
    session, claims,
    async join (link) {
      const { roomTag } = parseInvite(link)
      const end = await until(session.joining.join(parseInvite(link)).state, ({ status }) => status === 'joined' || status === 'failed', limit)
      if (end.status !== 'joined') throw new Error(`${name} did not get in`)
      await until(session.rooms.all, (all) => all.get(roomTag)?.room.summary.value.standing === 'member', limit)
      return roomTag
    },
    async userOf (tag, wanted) {
      const membership = session.rooms.get(tag)?.log.membership
      if (membership === undefined) throw new Error(`${name} is not in that room`)
      const { members } = await until(membership, (now) => [...now.members.values()].some((member) => member.name === wanted), limit)
      return [...members.values()].find((member) => member.name === wanted)!.user
    },
    async [Symbol.asyncDispose] () {
      await session.stop()
      database.close()
    }
  }
}
