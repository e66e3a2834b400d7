import { afterAll, expect, it } from 'vitest'
import { ParleyError } from '#shared/errors.ts'
import { createPerson, ROOM } from '#shared/wire/sync/testing/people.ts'
import { describeReplica } from '#shared/wire/sync/testing/replica-suite.ts'
import { createEpoch, openVault } from '../../crypto/index.ts'
import { certifyDevice, createRootEntropy, loadDevice } from '../../identity/index.ts'
import { openDatabase, type Database } from '../../store/index.ts'
import { creationOf } from '../../testing/membership-story.ts'
import { copy, openKitchen } from '../../testing/room-logs.ts'
import { encodeText } from '../messages/content.ts'
import { computeRoomTag } from '../membership/operations.ts'
import { createRoomLog, type RoomLog } from './room-log.ts'

const databases: Database[] = []
afterAll(async () => { for (const database of databases) await database.erase() })

describeReplica('the log of a room in the local database', async (tag) => {
  const name = `replica-${databases.length}`
  const database = await openDatabase(name)
  databases.push(database)
  const vault = await openVault(null, null, async () => {})
  const device = await loadDevice(database)
  const open = async (from: Database): Promise<RoomLog> => {
    const log = createRoomLog({ tag, store: from.withVault(vault), device, onDropped: () => {} })
    await log.load()
    return log
  }
  return {
    replica: await open(database),
    async reopen () {
      database.close()
      const again = await openDatabase(name)
      databases.push(again)
      return await open(again)
    }
  }
}, { carries: false })

it('sends under the epoch the room began with, whatever keys a rotation that was never written has left behind', async () => {
  const database = await openDatabase('leftover')
  databases.push(database)
  const store = database.withVault(await openVault(null, null, async () => {}))
  const device = await loadDevice(database)
  const salt = new Uint8Array(16)
  const tag = await computeRoomTag(device.key, salt)
  const log = createRoomLog({ tag, store, device, onDropped: () => {} })
  await log.load()
  const first = await createEpoch()
  await log.addEpochs([first])
  await log.writeOperation(creationOf({ salt, creator: await certifyDevice(createRootEntropy(), device, 'Alice') }), first)
  // Keys are read back in the order of their ids, which are random: among twenty, some stand before the first epoch's.
  for (let i = 0; i < 20; i++) await store.saveEpochs(tag, [(await createEpoch()).parts])

  const again = createRoomLog({ tag, store, device, onDropped: () => {} })
  await again.load()
  expect(again.keyring.all()).toHaveLength(21)
  expect(again.keyring.forSending(again.membership.value)?.epochId).toBe(first.epochId)
})

it('counts what somebody blocked says as no news, and shows it all the same', async () => {
  const blocked = new Set<string>()
  await using room = await openKitchen({ isBlocked: (user) => blocked.has(user) })
  const { alice, bob, carol } = room
  blocked.add(carol.user)
  await carol.log.writeMessage(encodeText('buy my things'))
  await alice.log.writeMessage(encodeText('hello'))
  await copy(carol, bob)
  await copy(alice, bob)
  expect(await bob.store.entries.unreadCount(room.tag)).toBe(1)
  expect((await bob.shown()).sort()).toEqual(['buy my things', 'hello'])
})

it('tells everybody whose entries were to be stored together that they were not', async () => {
  const database = await openDatabase('together')
  databases.push(database)
  const store = database.withVault(await openVault(null, null, async () => {}))
  const writer = await createPerson()
  const [first, second] = [await writer.write(), await writer.write()]
  let isFull = true
  const append: typeof store.entries.append = async (...given) => isFull ? await Promise.reject(new ParleyError('storage-full')) : await store.entries.append(...given)
  const log = createRoomLog({ tag: ROOM, store: { ...store, entries: { ...store.entries, append } }, device: await loadDevice(database), onDropped: () => {} })
  await log.load()
  const refused = await Promise.allSettled([log.append([first]), log.append([second])])
  expect(refused.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  isFull = false
  await Promise.all([log.append([first]), log.append([second])])
  expect(log.vector().get(writer.devTag)?.have).toEqual([{ from: 1, to: 2 }])
})
