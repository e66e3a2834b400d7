/**
 * The formats of version 1 that no other test freezes: frames of the protocols between devices, what messages say, and what rests sealed at
 * the node. What was written once is read by every later version; and any other bytes are a `WireError`, never a crash. Joining is of version 2:
 * what belongs to links of before is read no more, since those are refused; and what a linked device is granted is of protocol 3.
 */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fromHex, toHex, type DeviceKey, type DevTag, type EnvelopeId, type EpochId, type InviteId, type RoomTag, type UserKey } from '#shared/ids.ts'
import { encodeCbor, WireError, type Cbor } from '#shared/wire/cbor.ts'
import { commitToAccess } from '#shared/wire/link-proof.ts'
import { deriveAccessKey } from '#shared/wire/sync/index.ts'
import { epochFromSeed } from './crypto/index.ts'
import { decodeJoinMessage, encodeJoinMessage, type JoinMessage } from './protocols/join/messages.ts'
import { decodeLinkMessage, encodeLinkMessage, type LinkMessage } from './protocols/link/messages.ts'
import { decodePresence, type PresenceContent } from './protocols/presence/index.ts'
import { decodeContent, encodeDelete, encodeEdit, encodeText, type MessageContent } from './rooms/messages/content.ts'
import { openAnswer, openRequest } from './rooms/entry/at-node/sealed-request.ts'
import { openSealedWelcome } from './rooms/entry/at-node/sealed-welcome.ts'
import { decodeBackup, encodeBackup, openBackup } from './self/backup-format.ts'
import golden from './testing/golden-v1.json' with { type: 'json' }

const bytes = (length: number, fill: number): Uint8Array<ArrayBuffer> => new Uint8Array(length).fill(fill)
const hex = (length: number, fill: string): string => fill.repeat(length)
const [ROOM, INVITE, USER, DEVICE, ID, TAG] =
  [hex(16, '11') as RoomTag, hex(16, '22') as InviteId, hex(32, '33') as UserKey, hex(32, '44') as DeviceKey, hex(32, '55') as EnvelopeId, hex(16, '66') as DevTag]

const joins: [JoinMessage, string][] = [
  [{ type: 'ask', roomTag: ROOM, inviteId: INVITE, challenge: bytes(32, 1) }, `85000250${ROOM}50${INVITE}5820${hex(32, '01')}`],
  [{ type: 'access', accessKey: bytes(32, 1), signature: bytes(64, 2) }, `83085820${hex(32, '01')}5840${hex(64, '02')}`],
  [{ type: 'challenge', challenge: bytes(32, 1) }, `82015820${hex(32, '01')}`],
  [{ type: 'proof', member: bytes(3, 2), signature: bytes(64, 3) }, `8302430202025840${hex(64, '03')}`],
  [{ type: 'welcome', ephemeral: bytes(32, 1), wrap: bytes(48, 2), sealedKeys: bytes(3, 3) }, `84035820${hex(32, '01')}5830${hex(48, '02')}43030303`],
  [{ type: 'refused', code: 'banned' }, '82046662616e6e6564'],
  [{ type: 'entry', envelope: bytes(2, 9), device: DEVICE }, `83054209095820${DEVICE}`],
  [{ type: 'end' }, '8106'],
  [{ type: 'pending' }, '8107']
]

const links: [LinkMessage, string][] = [
  [{ type: 'ask', kind: 'code', nonce: bytes(32, 1) }, `840001005820${hex(32, '01')}`],
  [{ type: 'ask', kind: 'qr', nonce: bytes(32, 1) }, `840001015820${hex(32, '01')}`],
  [{ type: 'challenge', nonce: bytes(32, 2) }, `82015820${hex(32, '02')}`],
  [{ type: 'confirm', mac: bytes(32, 3), encryptionKey: bytes(32, 4) }, `83025820${hex(32, '03')}5820${hex(32, '04')}`],
  [{ type: 'accept', mac: bytes(32, 3) }, `82035820${hex(32, '03')}`],
  [{ type: 'room', keys: bytes(2, 5) }, '8204420505'],
  [{ type: 'grant', grant: { userKey: USER, certificate: bytes(64, 6), issuedAt: 8, backupKey: bytes(32, 7), devices: [DEVICE], list: null } },
    `87055820${USER}5840${hex(64, '06')}5820${hex(32, '07')}815820${DEVICE}08f6`],
  [{ type: 'done', member: bytes(2, 8) }, '8206420808'],
  [{ type: 'refused', code: 'banned' }, '82076662616e6e6564']
]

const contents: [MessageContent, string][] = [
  [{ type: 'text', text: 'hi' }, '8200626869'],
  [{ type: 'delete', ids: [ID] }, `8201815820${ID}`],
  [{ type: 'edit', target: ID, text: 'hi' }, `83025820${ID}626869`],
  [{ type: 'offer', sealed: bytes(2, 9) }, '8203420909'],
  [{ type: 'reaction', target: ID, emoji: '👍', isOn: true }, `84045820${ID}64f09f918df5`],
  [{ type: 'unknown' }, '821863f6']
]

/** Each sent at 6, as number 7. */
const presences: [PresenceContent, string][] = [
  [{ type: 'typing', until: 5 }, '8400050607'],
  [{ type: 'receipt', held: [{ devTag: TAG, from: 1, to: 2 }] }, `8401818350${TAG}01020607`],
  [{ type: 'read', read: [{ devTag: TAG, seq: 3 }] }, `8402818250${TAG}030607`],
  [{ type: 'ask' }, '83030607'],
  [{ type: 'receipt-and-read', held: [{ devTag: TAG, from: 1, to: 2 }], read: [{ devTag: TAG, seq: 3 }] }, `8504818350${TAG}0102818250${TAG}030607`],
  [{ type: 'agreement', law: 1, set: hex(16, '0a'), result: hex(16, '0b') }, `86050150${hex(16, '0a')}50${hex(16, '0b')}0607`],
  [{ type: 'call', joinedAt: 4, media: null }, '850804f60607'],
  [{ type: 'ring', user: USER, action: 'declined' }, `85095820${USER}020607`],
  [{ type: 'unknown' }, '841863000607']
]

describe('a version is these bytes, for good:', () => {
  it.each(joins)('of joining, $0.type', (message, written) => {
    expect(toHex(encodeJoinMessage(message))).toBe(written)
    expect(decodeJoinMessage(fromHex(written))).toEqual(message)
  })

  it.each(links)('of linking, $0.type', (message, written) => {
    expect(toHex(encodeLinkMessage(message))).toBe(written)
    expect(decodeLinkMessage(fromHex(written))).toEqual(message)
  })

  it.each(contents)('of messages, $0.type', (content, written) => { expect(decodeContent(fromHex(written))).toEqual(content) })
  it('of messages, as they are written', () => {
    expect([encodeText('hi'), encodeDelete([ID]), encodeEdit(ID, 'hi')].map(toHex)).toEqual(contents.slice(0, 3).map(([, written]) => written))
  })

  it.each(presences)('of presence, $0.type', (content, written) => { expect(decodePresence(fromHex(written))).toEqual({ content, sentAt: 6, count: 7 }) })
})

describe('what was sealed opens:', () => {
  const place = { roomTag: ROOM, inviteId: INVITE }
  const asked = { place, joiner: DEVICE, answerKey: bytes(32, 2) }
  const access = async () => await commitToAccess((await deriveAccessKey(bytes(32, 8))).rawPublicKey)
  const epoch = async () => (await epochFromSeed(bytes(32, 7), hex(16, '00') as EpochId)).parts

  it('a welcome at the node', async () => {
    const parts = await epoch()
    expect(await openSealedWelcome(bytes(16, 1), place, await access(), fromHex(golden.welcome))).toEqual({ type: 'keys', expiresAt: 5, firstEpochId: parts.epochId, secrets: [parts] })
    expect(await openSealedWelcome(bytes(16, 1), place, await access(), fromHex(golden.welcomeWithApproval))).toEqual({ type: 'approval', expiresAt: 5, requestKey: bytes(32, 9) })
  })

  it('a request to join, and its answers', async () => {
    expect(await openRequest(bytes(32, 2), place, fromHex(golden.request))).toEqual({ member: bytes(3, 2), challenge: bytes(32, 3), signature: bytes(64, 4), answerKey: bytes(32, 5) })
    const bundle = { ephemeral: bytes(32, 1), wrap: bytes(48, 2), sealedKeys: bytes(3, 3) }
    expect(await openAnswer(asked, await access(), fromHex(golden.answer))).toEqual({ type: 'admitted', firstEpochId: (await epoch()).epochId, bundle })
    expect(await openAnswer(asked, await access(), fromHex(golden.refusal))).toEqual({ type: 'refused', code: 'banned' })
  })

  it('a backup', async () => {
    const parts = await epoch()
    const backup = {
      rooms: [{ tag: ROOM, name: 'Kitchen', createdAt: 1, firstEpochId: parts.epochId, epochs: [parts] }],
      verified: [{ user: USER, name: 'Bob', isVerified: true, changedAt: 2 }],
      devices: [DEVICE]
    }
    const content = await openBackup(bytes(32, 1), fromHex(golden.backup))
    expect(decodeBackup(content)).toEqual(backup)
    expect(encodeBackup(backup)).toEqual(content)
  })
})

describe('anything else is a WireError:', () => {
  const decoders: [string, (noise: Uint8Array<ArrayBuffer>) => unknown, string[]][] = [
    ['joining', decodeJoinMessage, joins.map(([, written]) => written)],
    ['linking', decodeLinkMessage, links.map(([, written]) => written)],
    ['messages', decodeContent, contents.map(([, written]) => written)],
    ['presence', decodePresence, presences.map(([, written]) => written)],
    ['backups', decodeBackup, []]
  ]
  const survives = (decode: (noise: Uint8Array<ArrayBuffer>) => unknown, noise: Uint8Array<ArrayBuffer>): void => {
    try {
      decode(noise)
    } catch (error) {
      expect(error).toBeInstanceOf(WireError)
    }
  }
  const field: fc.Arbitrary<Cbor> = fc.oneof(
    fc.nat(20), fc.constant(null), fc.boolean(), fc.string({ maxLength: 8 }),
    fc.constantFrom(2, 16, 32, 48, 64).map((length) => bytes(length, 1)), fc.array(fc.constantFrom(16, 32).map((length) => bytes(length, 2)), { maxLength: 3 }))

  it.each(decoders)('%s', (_, decode, written) => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (noise) => { survives(decode, new Uint8Array(noise)) }))
    fc.assert(fc.property(fc.array(field, { maxLength: 6 }), (fields) => { survives(decode, encodeCbor(fields)) }))
    for (const good of written.map(fromHex)) {
      for (let length = 0; length < good.length; length++) survives(decode, good.slice(0, length))
      for (let at = 0; at < good.length; at++) survives(decode, good.with(at, (good[at] ?? 0) ^ 0x41))
    }
  })
})
