import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it } from 'vitest'
import type { RoomTag } from '#shared/ids.ts'
import type { Self } from '../index.ts'
import { atTestNode } from '../testing/at-test-node.ts'
import { until, type Person } from '../testing/people.ts'

const here = atTestNode()

let accounts = 0
const newAddress = (): string => `somebody-${++accounts}@example.org`

async function arrive (name: string, email = newAddress()): Promise<Person> {
  const person = await here.arrive(name, email)
  await isOnline(person)
  return person
}

const isOnline = async (person: Person): Promise<unknown> =>
  await until(person.client.connection, ({ node: status }) => status === 'online', 'online')

async function selfOf (person: Person): Promise<Self> {
  const self = await until(person.client.self, (current) => current !== null, 'a self')
  if (self === null) throw new Error('unreachable')
  return self
}

/** Alice's room, with Bob in it. */
async function kitchen (email: string): Promise<{ alice: Person, bob: Person, tag: RoomTag }> {
  const [alice, bob] = [await arrive('Alice', email), await arrive('Bob')]
  const tag = await alice.client.createRoom({ name: 'Kitchen' })
  await alice.say(tag, 'from the laptop')
  const invite = alice.room(tag).entry.invite.value
  expect(await bob.join((await invite?.())?.link ?? '')).toMatchObject({ status: 'joined' })
  return { alice, bob, tag }
}

/** The phone types what the laptop shows. */
async function link (laptop: Person, phone: Person, what: 'code' | 'url' = 'code'): Promise<void> {
  const offer = (await selfOf(laptop)).offerLink.value?.()
  if (offer === undefined) throw new Error('the laptop cannot link')
  await (await selfOf(phone)).acceptLink(offer[what])
  await until(offer.state, ({ status }) => status === 'linked', 'linked')
}

const isMember = async (person: Person, tag: RoomTag): Promise<unknown> =>
  await until(person.client.rooms, (rooms) => rooms?.some((room) => room.tag === tag && room.standing === 'member') ?? false, `${person.name} is in`)

const devicesOf = (person: Person, tag: RoomTag, of: Person): number =>
  person.room(tag).people.members.value.find(({ name }) => name === of.name)?.devices ?? 0

describe('a second device', { timeout: 60_000 }, () => {
  it.each(['code', 'url'] as const)('is linked by a %s, reads what was said before, and both write', async (what) => {
    const email = newAddress()
    const { alice, bob, tag } = await kitchen(email)
    const phone = await arrive('Alice', email)
    await link(alice, phone, what)
    await isMember(phone, tag)
    await phone.sees(tag, 'from the laptop')
    await phone.say(tag, 'from the phone')
    await bob.sees(tag, 'from the phone')
    await alice.sees(tag, 'from the phone')
    expect((await bob.sees(tag, 'from the phone')).author).toBe((await bob.sees(tag, 'from the laptop')).author)
    expect((await alice.sees(tag, 'from the phone')).isMine).toBe(true)
    await bob.say(tag, 'to both of you')
    for (const device of [alice, phone]) await device.sees(tag, 'to both of you')
    await expect.poll(() => devicesOf(bob, tag, alice), { timeout: 10_000 }).toBe(2)
    expect((await selfOf(phone)).holdsRootKey.value).toBe(false)
    expect((await selfOf(phone)).recoveryWords.value).toBeNull()
    const account = (of: Person) => of.client.account.value
    expect(account(phone)).toMatchObject({ account: { userKey: (account(alice) as { account: { userKey: string } }).account.userKey } })
  })

  it('comes into rooms that the first one enters later', async () => {
    const email = newAddress()
    const { alice, tag } = await kitchen(email)
    const phone = await arrive('Alice', email)
    await link(alice, phone)
    await isMember(phone, tag)
    const cellar = await phone.client.createRoom({ name: 'Cellar' })
    await phone.say(cellar, 'it is dark')
    await until(alice.client.rooms, (rooms) => rooms?.some((room) => room.tag === cellar && room.standing === 'member') ?? false, 'the laptop follows', 60_000)
    await alice.sees(cellar, 'it is dark')
  }, 90_000)

  it('is not linked by a wrong code, from another account, or by a code that was cancelled', async () => {
    const email = newAddress()
    const [alice, phone, mallory] = [await arrive('Alice', email), await arrive('Alice', email), await arrive('Mallory')]
    const self = await selfOf(alice)
    const offer = self.offerLink.value?.()
    if (offer === undefined) throw new Error('unreachable')
    await expect((await selfOf(phone)).acceptLink('AAAAA-AAAAB')).rejects.toMatchObject({ code: 'link-code-wrong' })
    // Not even found by the code, since it is salted by the account; found by the other secret, and refused.
    await expect((await selfOf(mallory)).acceptLink(offer.url)).rejects.toMatchObject({ code: 'link-code-wrong' })
    expect(offer.state.value.status).toBe('waiting')
    offer.cancel()
    expect(offer.state.value).toMatchObject({ status: 'failed', error: { code: 'aborted' } })
  })

  it('with a person who is in rooms of their own is left as it is', async () => {
    const email = newAddress()
    const [alice, phone] = [await arrive('Alice', email), await arrive('Alice', email)]
    const tag = await phone.client.createRoom({ name: 'Attic' })
    const offer = (await selfOf(alice)).offerLink.value?.()
    await expect((await selfOf(phone)).acceptLink(offer?.code ?? '')).rejects.toMatchObject({ code: 'device-in-use' })
    await phone.say(tag, 'still here')
  })

  it('that is revoked learns it, and reads nothing of what comes later', async () => {
    const email = newAddress()
    const { alice, bob, tag } = await kitchen(email)
    const phone = await arrive('Alice', email)
    await link(alice, phone)
    await isMember(phone, tag)
    await phone.say(tag, 'from the phone')
    await alice.sees(tag, 'from the phone')
    const self = await selfOf(alice)
    const devices = await until(self.devices, (all) => all.length === 2, 'two devices')
    const other = devices.find(({ isThis }) => !isThis)
    if (other === undefined) throw new Error('unreachable')
    await self.revokeDevice(other.device)
    await until(phone.client.account, (state) => state.status === 'signed-in' && state.passport === 'revoked', 'the phone knows')
    await until(phone.client.rooms, (rooms) => rooms?.[0]?.standing === 'revoked', 'the phone is out')
    expect(phone.room(tag).messages.send.value).toBeNull()
    await until(self.devices, (all) => all.length === 1, 'one device')
    await expect.poll(() => devicesOf(bob, tag, alice), { timeout: 10_000 }).toBe(1)
    await bob.say(tag, 'without the phone')
    await alice.sees(tag, 'without the phone')
    expect(phone.texts(tag)).not.toContain('without the phone')
    expect((await bob.sees(tag, 'from the phone')).authorName).toBe(alice.name)
  })

  it('that was revoked in one room enters no other as the same person, also after it was signed in again', async () => {
    const email = newAddress()
    const { alice, bob, tag } = await kitchen(email)
    const phone = await arrive('Alice', email)
    await link(alice, phone)
    await isMember(phone, tag)
    const cellar = await bob.client.createRoom({ name: 'Cellar' })
    // By a link that opens the room's keys they could read it all the same, and write nothing.
    const invite = await bob.room(cellar).entry.invite.value?.({ worksOffline: false })
    const self = await selfOf(alice)
    const other = (await until(self.devices, (all) => all.length === 2, 'two devices')).find(({ isThis }) => !isThis)
    await self.revokeDevice(other!.device)
    await until(phone.client.account, (state) => state.status === 'signed-in' && state.passport === 'revoked', 'the phone knows')
    await expect.poll(() => devicesOf(bob, tag, alice), { timeout: 20_000 }).toBe(1)
    // Who has the phone has the mailbox on it.
    await phone.client.signIn.requestCode(email)
    await phone.client.signIn.verifyCode(email, await here.node.codeFor(email))
    await isOnline(phone)
    expect(await phone.join(invite!.link)).toMatchObject({ status: 'failed', error: { code: 'device-revoked' } })
    const offer = self.offerLink.value?.()
    await expect((await selfOf(phone)).acceptLink(offer!.code)).rejects.toMatchObject({ code: 'device-revoked' })
    offer?.cancel()
    expect(await alice.join(invite!.link)).toMatchObject({ status: 'joined' })
    await expect.poll(() => devicesOf(bob, cellar, alice), { timeout: 10_000 }).toBe(1)
  }, 90_000)
})

describe('twelve words', { timeout: 60_000 }, () => {
  const words = async (person: Person): Promise<string> => (await (await selfOf(person)).recoveryWords.value?.() ?? []).join(' ')
  /** Somebody with nothing to keep has no backup at the node: who has one has their room in it. */
  const backups = (): number => {
    const database = new DatabaseSync(join(here.node.dataDir, 'parley.db'), { readOnly: true })
    try {
      return Number(database.prepare('select count(*) as count from backups').get()?.['count'])
    } finally {
      database.close()
    }
  }

  it('bring everything back after the only device was lost', async () => {
    const email = newAddress()
    const before = backups()
    const { alice, bob, tag } = await kitchen(email)
    await bob.say(tag, 'do not lose it')
    await alice.sees(tag, 'do not lose it')
    const phrase = await words(alice)
    expect(phrase.split(' ')).toHaveLength(12)
    await expect.poll(backups, { timeout: 20_000 }).toBeGreaterThanOrEqual(before + 2)
    const bobKnows = (await bob.sees(tag, 'from the laptop')).author
    await alice.leave()
    const laptop = await arrive('Alice', email)
    expect(await (await selfOf(laptop)).recover(phrase.toUpperCase())).toEqual({ rooms: 1 })
    expect(laptop.client.rooms.value).toMatchObject([{ tag, name: 'Kitchen' }])
    await isMember(laptop, tag)
    await laptop.sees(tag, 'do not lose it')
    await laptop.say(tag, 'I am back')
    expect((await bob.sees(tag, 'I am back')).author).toBe(bobKnows)
    expect(laptop.room(tag).summary.value.role).toBe('owner')
    expect((await selfOf(laptop)).recoveryConfirmedAt.value).not.toBeNull()
    expect(await words(laptop)).toBe(phrase)
  }, 60_000)

  it('are refused with the reason when they are wrong, another account\'s, or of somebody without a backup', async () => {
    const [alice, bob] = [await arrive('Alice'), await arrive('Bob')]
    const self = await selfOf(alice)
    await expect(self.recover('legal winner thank year wave sausge worth useful legal winner thank yellow'))
      .rejects.toMatchObject({ code: 'words-wrong', details: { word: 'sausge', position: 6 } })
    await expect(self.recover(await words(bob))).rejects.toMatchObject({ code: 'backup-missing' })
    await alice.client.createRoom({ name: 'Attic' })
    await expect(self.recover(await words(bob))).rejects.toMatchObject({ code: 'device-in-use' })
    expect(self.recoveryConfirmedAt.value).toBeNull()
    await self.confirmRecoveryWords()
    expect(self.recoveryConfirmedAt.value).toBeGreaterThan(0)
  })
})

describe('an export', { timeout: 60_000 }, () => {
  it('brings rooms and history to a new device, also while nobody else is there', async () => {
    const email = newAddress()
    const { alice, bob, tag } = await kitchen(email)
    await bob.say(tag, 'for the record')
    await alice.sees(tag, 'for the record')
    const steps: number[] = []
    const file = await (await selfOf(alice)).exportProfile('correct horse battery', { onProgress: (done, total) => steps.push(done / total) })
    expect(steps.at(-1)).toBe(1)
    await alice.leave()
    const laptop = await arrive('Alice', email)
    const self = await selfOf(laptop)
    await expect(self.importProfile(file, 'wrong horse battery')).rejects.toMatchObject({ code: 'passphrase-wrong' })
    await expect(self.importProfile(file.slice(0, file.size - 3), 'correct horse battery')).rejects.toMatchObject({ code: 'export-damaged' })
    await expect(self.importProfile(new Blob(['not ours, whatever it is']), 'correct horse battery')).rejects.toMatchObject({ code: 'export-foreign' })
    expect(await self.importProfile(file, 'correct horse battery')).toEqual({ rooms: 1, messages: 2 })
    await laptop.sees(tag, 'for the record')
    await isMember(laptop, tag)
    await laptop.say(tag, 'and on')
    await bob.sees(tag, 'and on')
  }, 60_000)
})

describe('a safety number', { timeout: 60_000 }, () => {
  it('is the same for both, and what was verified is remembered', async () => {
    const email = newAddress()
    const { alice, bob, tag } = await kitchen(email)
    const keyOf = (of: Person): never => (of.client.account.value as unknown as { account: { userKey: never } }).account.userKey
    const [hers, his] = [await selfOf(alice), await selfOf(bob)]
    expect(await hers.safetyNumber(keyOf(bob))).toBe(await his.safetyNumber(keyOf(alice)))
    expect(hers.isVerified(keyOf(bob)).value).toBe(false)
    await hers.setVerified(keyOf(bob), true)
    await alice.leave()
    const again = await here.comeBack(alice)
    expect((await selfOf(again)).isVerified(keyOf(bob)).value).toBe(true)
    await again.sees(tag, 'from the laptop')
  })
})
