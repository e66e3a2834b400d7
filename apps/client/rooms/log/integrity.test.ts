/** Somebody's disk loses or turns bits; what is damaged is found, let go of, and comes back from others. */
import { Dexie } from 'dexie'
import { describe, expect, it } from 'vitest'
import type { DevTag, RoomTag } from '#shared/ids.ts'
import type { EntryRow } from '../../store/index.ts'
import type { StretchRow } from '../../store/rows.ts'
import { copy, entriesOf, openKitchen, type LogHolder } from '../../testing/room-logs.ts'
import { encodeText } from '../messages/content.ts'
import { forgetRoom } from '../forget-room.ts'

const say = async ({ log }: LogHolder, text: string) => (await log.writeMessage(encodeText(text))).id

/** Changes rows of the database behind the client's back. */
async function damage (holder: LogHolder, of: { devTag: DevTag, seq: number }, change: (row: EntryRow) => EntryRow | null): Promise<void> {
  const raw = await new Dexie(holder.databaseName).open()
  const key: [RoomTag, DevTag, number] = [holder.log.roomTag, of.devTag, of.seq]
  const row = await raw.table<EntryRow>('entries').get(key)
  const changed = row === undefined ? null : change(row)
  if (changed === null) await raw.table('entries').delete(key)
  else await raw.table('entries').put(changed)
  raw.close()
}

const flip = (at: number) => (row: EntryRow): EntryRow => ({ ...row, bytes: row.bytes.map((byte, i) => i === (at + row.bytes.length) % row.bytes.length ? byte ^ 1 : byte) })
const cut = (row: EntryRow): EntryRow => ({ ...row, bytes: row.bytes.slice(0, 20) })

describe('what is stored', () => {
  it('is found whole where it is', async () => {
    await using room = await openKitchen()
    const { alice, bob } = room
    for (let i = 0; i < 5; i++) await say(alice, `${i}`)
    await copy(alice, bob)
    expect(await bob.log.check()).toEqual({ checked: 9, damaged: 0 })
    expect(await bob.log.check(2)).toEqual({ checked: 2, damaged: 0 })
  })

  it.each<[string, (row: EntryRow) => EntryRow | null]>([
    ['with a bit of its body turned', flip(-80)], ['with a bit of its header turned', flip(40)], ['cut off', cut], ['gone', () => null],
    ['with another id', (row) => ({ ...row, id: `${'0'.repeat(63)}1` as EntryRow['id'] })]
  ])('%s is let go of, also after a restart, and comes back from somebody else', async (_, change) => {
    await using room = await openKitchen()
    const { alice, bob } = room
    for (let i = 0; i < 5; i++) await say(alice, `${i}`)
    await copy(alice, bob)
    const whole = bob.log.vector()
    for (const seq of [6, 9]) {
      await damage(bob, { devTag: alice.log.devTag, seq }, change)
      await bob.reload()
      await bob.shown()
      expect((await bob.log.check()).damaged, `${seq}`).toBe(1)
      expect(bob.log.vector().get(alice.log.devTag)?.have.some(({ from, to }) => from <= seq && seq <= to)).toBe(false)
      await bob.reload()
      await copy(alice, bob)
      expect(bob.log.vector()).toEqual(whole)
      expect(await bob.shown()).toEqual(['0', '1', '2', '3', '4'])
      expect(await bob.log.check()).toEqual({ checked: 9, damaged: 0 })
    }
  })

  it('of a history that rests in stretches is let go of and comes back just so, and the rest stays', async () => {
    await using room = await openKitchen()
    const { alice } = room
    const said = Array.from({ length: 9 }, (_, i) => `${i}`)
    for (const text of said) await say(alice, text)
    const dave = await room.arrive('Dave')
    await room.admit(alice, dave)
    await dave.log.addEpochs(alice.log.keyring.all())
    await copy(alice, dave)
    const whole = dave.log.vector()
    const raw = await new Dexie(dave.databaseName).open()
    const [stretch] = await raw.table<StretchRow>('stretches').toArray()
    await raw.table('stretches').put({ ...stretch!, bytes: stretch!.bytes.map((byte, i) => i === stretch!.ends[4]! - 80 ? byte ^ 1 : byte) })
    raw.close()
    await dave.reload()
    expect((await dave.log.check()).damaged).toBe(1)
    expect(await dave.shown()).toEqual(said.toSpliced(4, 1))
    await copy(alice, dave)
    expect([dave.log.vector(), await dave.shown()]).toEqual([whole, said])
    expect((await dave.log.check()).damaged).toBe(0)
  })

  it('of this device is never written a second time, whatever became of it', async () => {
    await using room = await openKitchen()
    const { alice, bob } = room
    await say(alice, 'one')
    await say(alice, 'two')
    await copy(alice, bob)
    const last = alice.log.vector().get(alice.log.devTag)?.have.at(-1)?.to ?? 0
    await damage(alice, { devTag: alice.log.devTag, seq: last }, cut)
    await alice.reload()
    expect((await alice.log.check()).damaged).toBe(1)
    await alice.reload()
    await say(alice, 'three')
    expect((await entriesOf(alice)).at(-1)?.header.seq).toBe(last + 1)
    await copy(alice, bob)
    expect(bob.dropped).toEqual([])
    expect(await bob.shown()).toEqual(['one', 'two', 'three'])
    await copy(bob, alice)
    expect(await alice.shown()).toEqual(['one', 'two', 'three'])
  })

  it('of this device is not written a second time by whoever forgets the room and comes back', async () => {
    await using room = await openKitchen()
    const { alice, bob } = room
    await say(bob, 'one')
    await say(bob, 'two')
    await copy(bob, alice)
    const written = bob.log.vector().get(bob.log.devTag)?.have.at(-1)?.to ?? 0
    for (let times = 0; times < 2; times++) {
      await forgetRoom(bob.log, bob.store)
      await bob.reload()
      expect(bob.log.vector().size).toBe(0)
    }
    const epochs = alice.log.keyring.all()
    await bob.log.addEpochs(epochs)
    await bob.log.append((await entriesOf(alice)).filter(({ header }) => header.kind === 'operation'))
    await say(bob, 'back again')
    expect((await entriesOf(bob)).find(({ header }) => header.devTag === bob.log.devTag && header.kind === 'message')?.header.seq).toBe(written + 1)
    await copy(bob, alice)
    expect([alice.dropped, await alice.shown()]).toEqual([[], ['one', 'two', 'back again']])
  })

  it('of a whole room that is gone comes back, and nothing is written before what others have of it is here', async () => {
    await using room = await openKitchen()
    const { alice, bob } = room
    await say(alice, 'one')
    await copy(alice, bob)
    await alice.store.saveReceipts([{ roomTag: room.tag, device: bob.device.key, held: [{ from: 1, to: 5 }], lastSeenAt: 0 }])
    const raw = await new Dexie(alice.databaseName).open()
    await raw.table('entries').clear()
    await raw.table('logs').clear()
    raw.close()
    await alice.reload()
    expect(await alice.shown()).toEqual([])
    await copy(bob, alice, (entries) => entries.slice(0, -1))
    await expect(alice.log.writeMessage(encodeText('too early'))).rejects.toMatchObject({ code: 'device-behind' })
    await copy(bob, alice)
    expect(await alice.shown()).toEqual(['one'])
    await say(alice, 'two')
    await copy(alice, bob)
    expect([bob.dropped, await bob.shown()]).toEqual([[], ['one', 'two']])
  })
})
