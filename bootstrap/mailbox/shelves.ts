/** The rooms that the mailbox carries: registered once, opened when used, closed when others are used more recently. */
import { fromHex, toHex, type AccountId, type RoomTag } from '#shared/ids.ts'
import { createCarrierAccess } from '#shared/wire/sync/index.ts'
import { isOutOfSpace } from '../store/engines/index.ts'
import type { MailboxStore } from '../store/mailbox.ts'
import type { MailboxRooms } from '../store/mailbox-rooms.ts'
import { openShelf, type Shelf, type ShelfOptions } from './shelf.ts'

/** Open rooms: a vector of 500 logs is about 100 kB of memory. */
const OPEN_MAX = 512
/** `used_at` is written at most this often per room. */
const USED_EVERY_MS = 3_600_000

export interface Shelves {
  /** Runs `use` with the room, which stays open meanwhile; with null when it is not registered. */
  withShelf<T>(roomTag: RoomTag, use: (shelf: Shelf | null) => Promise<T>): Promise<T>
  /** False when the account may register no more, or the room has another key. */
  register(roomTag: RoomTag, publicKey: Uint8Array, account: AccountId): Promise<boolean>
  /** The access keys (hex) that these rooms are registered under, of those that are. */
  keysOf(roomTags: readonly RoomTag[]): Promise<Map<RoomTag, string>>
  /** Reads the vectors of open rooms again; closes those that are gone. */
  reload(): Promise<void>
}

interface Slot { shelf: Promise<Shelf | null>, users: number, usedAt: number }

export function createShelves (options: Omit<ShelfOptions, 'roomTag' | 'access'> & {
  store: MailboxStore
  /** Raw public key of the node. */
  localKey: Uint8Array
  roomsPerAccount: number
}): Shelves {
  const { store: { rooms }, stamp, localKey, roomsPerAccount } = options
  const open = new Map<RoomTag, Slot>()

  async function load (roomTag: RoomTag): Promise<Shelf | null> {
    const accessKey = await rooms.accessKeyOf(roomTag)
    if (accessKey === null) return null
    const access = await createCarrierAccess({ roomTag, publicKey: fromHex(accessKey), localKey })
    return await openShelf({ ...options, roomTag, access })
  }

  function take (roomTag: RoomTag): Slot {
    const slot = open.get(roomTag) ?? { shelf: load(roomTag), users: 0, usedAt: 0 }
    slot.users++
    // The map keeps the order of use: the first is the one that was not used for longest.
    open.delete(roomTag)
    open.set(roomTag, slot)
    return slot
  }

  function close (): void {
    for (const [roomTag, { users }] of open) {
      if (open.size <= OPEN_MAX) return
      if (users === 0) open.delete(roomTag)
    }
  }

  async function withShelf<T> (roomTag: RoomTag, use: (shelf: Shelf | null) => Promise<T>): Promise<T> {
    const slot = take(roomTag)
    try {
      const shelf = await slot.shelf
      if (shelf !== null && stamp() - slot.usedAt > USED_EVERY_MS) {
        slot.usedAt = stamp()
        await touch(rooms, roomTag, stamp())
      }
      return await use(shelf)
    } finally {
      slot.users--
      // A room that is not there may be registered in a moment; one that failed to open may open next time.
      if (await slot.shelf.catch(() => null) === null && open.get(roomTag) === slot) open.delete(roomTag)
      close()
    }
  }

  return {
    withShelf,
    async register (roomTag, publicKey, account) {
      if (await rooms.countOf(account) >= roomsPerAccount) return false
      const accessKey = toHex(publicKey)
      await rooms.add({ roomTag, accessKey, accountId: account, now: stamp() })
      if (await rooms.accessKeyOf(roomTag) !== accessKey) return false
      // It was looked up in vain before: look again.
      const slot = open.get(roomTag)
      if (slot !== undefined && await slot.shelf.catch(() => null) === null && open.get(roomTag) === slot) open.delete(roomTag)
      return true
    },
    keysOf: async (roomTags) => await rooms.accessKeysOf(roomTags),
    async reload () {
      for (const [roomTag, slot] of open) {
        const shelf = await slot.shelf.catch(() => null)
        if (await rooms.accessKeyOf(roomTag) === null) open.delete(roomTag)
        await shelf?.reload()
      }
    }
  }
}

/** A disk that takes nothing must not keep anyone from reading. */
async function touch (rooms: MailboxRooms, roomTag: RoomTag, at: number): Promise<void> {
  await rooms.touch(roomTag, at).catch((error: unknown) => {
    if (!isOutOfSpace(error)) throw error
  })
}
