/** What rows are charged, against the real file: in the order of one log and in no order, and in sizes that fit badly. */
import { randomBytes } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { openDatabase, type Db } from '../store/database.ts'
import { sqlite } from '../store/engines/sqlite.ts'
import { toSqliteUrl } from '../store/url.ts'
import { makeFolder } from '../testing/node.ts'
import { costOfEntry, LOG_COST_BYTES, SHELF_ROW_COST_BYTES } from './costs.ts'

const ENTRIES = 6000
const hex = (bytes: number): string => randomBytes(bytes).toString('hex')
const account = randomBytes(16).toString('base64url')

async function growthOf (write: (db: Db, roomTag: string) => Promise<void>): Promise<number> {
  const folder = await makeFolder()
  const db = await openDatabase(toSqliteUrl(join(folder, 'parley.db')))
  const size = async (): Promise<number> => await sqlite.usedBytes(db)
  try {
    const tag = hex(16)
    await db.insertInto('mailbox_rooms').values({ tag, access_key: hex(32), account_id: account, created_at: 0, used_at: 0 }).execute()
    const before = await size()
    await db.transaction().execute(async (transaction) => await write(transaction, tag))
    return await size() - before
  } finally {
    await db.destroy()
    await rm(folder, { recursive: true })
  }
}

it.each([
  [230, 1], [230, ENTRIES], [300, 5], [600, 1], [1000, 50], [2000, 1], [2200, 100], [3800, 100], [3900, 100], [4300, 10], [8200, 100], [17_000, 100]
])('an entry of %d bytes in logs of %d costs on disk at most what is charged, and more than half of it', async (bytes, perLog) => {
  let logs = 0
  const grown = await growthOf(async (db, roomTag) => {
    let devTag = ''
    for (let n = 0; n < ENTRIES; n++) {
      if (n % perLog === 0) {
        logs++
        devTag = hex(16)
        await db.insertInto('mailbox_logs').values({ room_tag: roomTag, dev_tag: devTag, device: hex(32), expired_to: 0, account_id: account }).execute()
      }
      await db.insertInto('mailbox_entries').values({
        room_tag: roomTag, dev_tag: devTag, seq: n % perLog + 1, id: hex(32), is_operation: 0, envelope: randomBytes(bytes), bytes, account_id: account, kept_at: 1.7e12 + n
      }).execute()
    }
  })
  const charged = costOfEntry(bytes) * ENTRIES + LOG_COST_BYTES * logs
  expect(grown).toBeLessThanOrEqual(charged)
  expect(grown).toBeGreaterThanOrEqual(charged / 2)
})

it('a request with nothing in it costs at most what is charged', async () => {
  const grown = await growthOf(async (db, roomTag) => {
    for (let n = 0; n < ENTRIES; n++) {
      await db.insertInto('mailbox_requests').values({
        room_tag: roomTag, id: hex(16), invite_id: hex(16), device_id: hex(22), sealed: new Uint8Array(), answer: null, bytes: 0,
        account_id: account, created_at: 1.7e12, expires_at: 1.7e12
      }).execute()
    }
  })
  expect(grown).toBeLessThanOrEqual(SHELF_ROW_COST_BYTES * ENTRIES)
})
