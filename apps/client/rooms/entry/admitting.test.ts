/** Alice decides about those who ask; Mallory has seen what went over the wire, or holds more than she should. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { DeviceKey, InviteId } from '#shared/ids.ts'
import { checkForLink, commitToAccess, joinStatement } from '#shared/wire/link-proof.ts'
import { createRoomKeys } from '#shared/wire/testing/room-keys.ts'
import { certifyDevice, createRootEntropy, loadDevice, type Device } from '../../identity/index.ts'
import { openDatabase, type Database } from '../../store/index.ts'
import { keepLists } from '../../testing/device-lists.ts'
import { openKitchen, type Kitchen } from '../../testing/room-logs.ts'
import { createAdmitting, type Admitting } from './admitting.ts'
import { createJudge, type Applicant, type Judge } from './judge.ts'
import { inviteKeys, proveInvite } from './invitations.ts'
import { encodeShown } from '../membership/operation-codec.ts'
import type { MemberRecord } from '../membership/operations.ts'
import { openAnswer, openRequest, requestKeyOf, sealAnswer, sealRequest } from './at-node/sealed-request.ts'
import { openSealedWelcome, sealWelcome } from './at-node/sealed-welcome.ts'

interface Stranger { device: Device, record: MemberRecord }

let kitchen: Kitchen, now: number
let admitting: Admitting
let judge: Judge
let dave: Stranger, mallory: Stranger
const databases: Database[] = []
let strangers = 0
const [keys, otherKeys] = [await createRoomKeys(), await createRoomKeys()]
const access = await commitToAccess(keys.publicKey)
const { judge: judgeDevice } = await keepLists()

async function stranger (name: string): Promise<Stranger> {
  const database = await openDatabase(`stranger-${++strangers}`)
  databases.push(database)
  const device = await loadDevice(database)
  return { device, record: await certifyDevice(createRootEntropy(), device, name) }
}

beforeEach(async () => {
  now = Date.now()
  kitchen = await openKitchen({ now: () => now })
  const { log, device, user: myUser } = kitchen.alice
  judge = createJudge({ log, myUser, now: () => now, judgeDevice, mayEnter: () => Promise.resolve(true), hasDeclined: () => false })
  admitting = createAdmitting({ log, keys, device: device.key, myUser, judge, onPending: () => {} });
  [dave, mallory] = [await stranger('Dave'), await stranger('Mallory')]
})
afterEach(async () => {
  await kitchen[Symbol.asyncDispose]()
  for (const database of databases.splice(0)) await database.erase()
})

async function invite (options: { expiresAt?: number, maxUses?: number | null, needsApproval?: boolean } = {}): Promise<{ id: InviteId, secret: Uint8Array<ArrayBuffer> }> {
  const secret = crypto.getRandomValues(new Uint8Array(16))
  const { id, publicKey } = await inviteKeys(secret)
  await kitchen.alice.log.writeOperation({
    type: 'invite', inviteId: id, publicKey, role: 'member', expiresAt: now + 60_000, maxUses: null, needsApproval: false, ...options
  })
  return { id, secret }
}

async function ask ({ id, secret }: { id: InviteId, secret: Uint8Array<ArrayBuffer> }, who: Stranger, tag = kitchen.tag): Promise<Applicant> {
  const challenge = crypto.getRandomValues(new Uint8Array(32))
  const { signature } = await proveInvite(secret, tag, challenge, who.record)
  return { member: who.record, proof: { inviteId: id, challenge, signature } }
}

const isIn = ({ record }: Stranger): boolean => kitchen.alice.log.membership.value.members.has(record.user)

describe('an invitation', () => {
  it('lets in whoever proves it, once however often they ask', async () => {
    const link = await invite({ maxUses: 1 })
    const applicant = await ask(link, dave)
    expect([await judge.judge(applicant), await judge.judge(applicant)]).toEqual(['admitted', 'admitted'])
    expect(isIn(dave)).toBe(true)
    expect(kitchen.alice.log.membership.value.invites.get(link.id)?.uses).toBe(1)
  })

  it('lets in nobody by somebody else’s proof, by another room’s, or by a key that was made up', async () => {
    const link = await invite()
    const [daves, foreign, own] = [await ask(link, dave), await ask(link, mallory, '99'.repeat(16) as typeof kitchen.tag), await inviteKeys(crypto.getRandomValues(new Uint8Array(16)))]
    const minted = await ask({ id: own.id, secret: crypto.getRandomValues(new Uint8Array(16)) }, mallory)
    for (const forged of [
      { ...daves, member: mallory.record },
      // Dave's person with Mallory's device and keys.
      { ...daves, member: { ...dave.record, device: mallory.record.device, encryptionKey: mallory.record.encryptionKey } },
      { ...daves, member: { ...dave.record, encryptionKey: mallory.record.encryptionKey } },
      foreign, minted, { ...minted, proof: { ...minted.proof, inviteId: link.id } }
    ]) expect(await judge.judge(forged)).toBe('invite-refused')
    expect([isIn(dave), isIn(mallory)]).toEqual([false, false])
  })

  it('is over when it is: expired, used up, withdrawn', async () => {
    const [short, once, gone] = [await invite({ expiresAt: now + 1000 }), await invite({ maxUses: 1 }), await invite()]
    await judge.judge(await ask(once, dave))
    await kitchen.alice.log.writeOperation({ type: 'revoke-invite', inviteId: gone.id })
    now += 2000
    const codes = [await ask(short, mallory), await ask(once, mallory), await ask(gone, mallory)].map(async (applicant) => await judge.judge(applicant))
    expect(await Promise.all(codes)).toEqual(['invite-expired', 'invite-used-up', 'invite-revoked'])
    expect(isIn(mallory)).toBe(false)
  })

  it('with approval waits for a moderator, also against a member who lets in without one', async () => {
    const link = await invite({ needsApproval: true })
    const applicant = await ask(link, dave)
    expect(await judge.judge(applicant)).toBe('pending')
    await kitchen.bob.log.append(kitchen.alice.log.operations.all())
    await kitchen.bob.log.writeOperation({ type: 'add', member: dave.record, role: 'member', proof: applicant.proof })
    await kitchen.alice.log.append(kitchen.bob.log.operations.all())
    expect(isIn(dave)).toBe(false)
    expect(await judge.judge(applicant, true)).toBe('admitted')
  })

  it('does not let in who is banned, and lets in again who was only removed', async () => {
    const link = await invite()
    await judge.judge(await ask(link, dave))
    await judge.judge(await ask(link, mallory))
    for (const [{ record }, isBan] of [[dave, false], [mallory, true]] as const) {
      await kitchen.alice.log.writeRemoval((device) => device === record.device, (rotation) => ({ type: 'remove', user: record.user, isBan, cuts: [], rotation }))
    }
    expect([isIn(dave), isIn(mallory)]).toEqual([false, false])
    expect(await judge.judge(await ask(link, mallory))).toBe('banned')
    expect(admitting.admissionOf(link.id, mallory.record.device)?.check()).toBe('banned')
    expect(await judge.judge(await ask(link, dave))).toBe('admitted')
    expect(await judge.judge(await ask(await invite(), mallory))).toBe('banned')
    expect([isIn(dave), isIn(mallory)]).toEqual([true, false])
  })

  it('is answered to the device that asks only', async () => {
    const link = await invite()
    const challenge = crypto.getRandomValues(new Uint8Array(32))
    const proof = await proveInvite(link.secret, kitchen.tag, challenge, dave.record)
    expect(await admitting.admissionOf(link.id, mallory.record.device)?.admit(challenge, proof)).toBe('invite-refused')
    expect(typeof await admitting.admissionOf(link.id, dave.record.device)?.admit(challenge, proof)).toBe('object')
    expect(admitting.admissionOf('00'.repeat(16) as InviteId, 'dd'.repeat(32) as DeviceKey)?.check()).toBe('invite-refused')
  })
})

it('who is asked proves to be of the room: to this joiner, for this challenge, by this device', async () => {
  const link = await invite()
  const [challenge, another] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)]
  const { device } = dave.record, alice = kitchen.alice.device.key, place = { roomTag: kitchen.tag, inviteId: link.id }
  const proof = await admitting.admissionOf(link.id, device)!.prove(challenge)
  const holds = async (of = place, statement = joinStatement(challenge, alice, device), commitment = access): Promise<boolean> =>
    await checkForLink(commitment, of, 'join', statement, proof)
  expect(await holds()).toBe(true)
  expect(await holds(place, joinStatement(another, alice, device))).toBe(false)
  expect(await holds(place, joinStatement(challenge, mallory.record.device, device))).toBe(false)
  expect(await holds(place, joinStatement(challenge, alice, mallory.record.device))).toBe(false)
  expect(await holds({ ...place, roomTag: '99'.repeat(16) as typeof kitchen.tag })).toBe(false)
  expect(await holds({ ...place, inviteId: '99'.repeat(16) as InviteId })).toBe(false)
  expect(await holds(place, undefined, await commitToAccess(otherKeys.publicKey))).toBe(false)
})

describe('what lies at the node', () => {
  const secret = new Uint8Array(16).fill(1)
  const welcome = { type: 'approval', expiresAt: 5, requestKey: new Uint8Array(32).fill(7) } as const
  const banned = { type: 'refused', code: 'banned' } as const
  const place = { roomTag: '11'.repeat(16), inviteId: '22'.repeat(16) } as Parameters<typeof sealWelcome>[1]
  const elsewhere = { ...place, roomTag: '33'.repeat(16) } as typeof place

  it('opens for whoever has the link, in its place only', async () => {
    const sealed = await sealWelcome(secret, place, welcome, keys)
    expect(await openSealedWelcome(secret, place, access, sealed)).toEqual(welcome)
    await expect(openSealedWelcome(secret, elsewhere, access, sealed)).rejects.toMatchObject({ reason: 'undecryptable' })
    await expect(openSealedWelcome(new Uint8Array(16).fill(2), place, access, sealed)).rejects.toMatchObject({ reason: 'undecryptable' })
    sealed[20] = (sealed[20] ?? 0) ^ 1
    await expect(openSealedWelcome(secret, place, access, sealed)).rejects.toMatchObject({ reason: 'undecryptable' })
  })

  it('is not believed from somebody who has the link and is of no room: what is left there by another key is nothing', async () => {
    const forged = await sealWelcome(secret, place, welcome, otherKeys)
    await expect(openSealedWelcome(secret, place, access, forged)).rejects.toMatchObject({ reason: 'unproven-welcome' })
  })

  it('as a request or an answer cannot be moved or made by the node', async () => {
    const key = await requestKeyOf(new Uint8Array(32).fill(9), place)
    const left = { member: encodeShown(dave.record), challenge: new Uint8Array(32), signature: new Uint8Array(64), answerKey: new Uint8Array(32).fill(4) }
    const sealed = await sealRequest(key, place, left)
    expect(await openRequest(key, place, sealed)).toEqual(left)
    await expect(openRequest(key, elsewhere, sealed)).rejects.toMatchObject({ reason: 'undecryptable' })
    const asked = { place, joiner: dave.record.device, answerKey: left.answerKey }
    const answer = await sealAnswer(asked, banned, keys)
    expect(await openAnswer(asked, access, answer)).toEqual(banned)
    await expect(openAnswer({ ...asked, answerKey: key }, access, answer)).rejects.toMatchObject({ reason: 'undecryptable' })
    await expect(openRequest(left.answerKey, place, answer)).rejects.toMatchObject({ reason: 'undecryptable' })
  })

  it('as an answer is not believed from who has read the request and is not of the room, nor when it was for another who asked', async () => {
    const asked = { place, joiner: dave.record.device, answerKey: new Uint8Array(32).fill(4) }
    await expect(openAnswer(asked, access, await sealAnswer(asked, banned, otherKeys))).rejects.toMatchObject({ reason: 'unproven-answer' })
    const others = await sealAnswer({ ...asked, joiner: mallory.record.device }, banned, keys)
    await expect(openAnswer(asked, access, others)).rejects.toMatchObject({ reason: 'unproven-answer' })
  })
})
