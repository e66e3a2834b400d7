import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fromHex, toHex, type DeviceKey, type InviteId, type RoomTag } from '../ids.ts'
import { FRAME_MAX_BYTES, ROOM_MAX_MEMBERS } from '../limits.ts'
import { encodeCbor } from './cbor.ts'
import {
  decodeAnswer, decodeRequest, encodeAnswer, encodeRequest, RENDEZVOUS_MAX_INVITES, RENDEZVOUS_MAX_ROOMS, splitPlaces,
  type Place, type RendezvousAnswer, type RendezvousRequest
} from './rendezvous.ts'
import { checkKey, inviteIdOf, proveKey, type ProofStatement } from './rendezvous-proof.ts'

const KITCHEN = '00112233445566778899aabbccddeeff' as RoomTag
const [ALICE, BOB] = ['a1'.repeat(32), 'b2'.repeat(32)] as [DeviceKey, DeviceKey]
const KEY = new Uint8Array(32).fill(0x4b), PROOF = new Uint8Array(64).fill(0x50)
const INVITE = 'ee'.repeat(16) as InviteId
const place = (invites: Place['invites'] = []): Place => ({ room: KITCHEN, key: KEY, proof: PROOF, invites })
const PLACE = `845000112233445566778899aabbccddeeff5820${'4b'.repeat(32)}5840${'50'.repeat(64)}`

describe('rendezvous messages', () => {
  it.each<[RendezvousRequest, string]>([
    [{ type: 'register', places: [place()] }, `820081${PLACE}80`],
    [{ type: 'enter', places: [place([{ id: INVITE, expiresAt: 1_800_000_000_000 }, { id: INVITE, expiresAt: 0 }])] },
      `820281${PLACE}828250${INVITE}1b000001a3185c50008250${INVITE}00`],
    [{ type: 'leave', rooms: [KITCHEN] }, '8203815000112233445566778899aabbccddeeff'],
    [{ type: 'look-up', request: 7, room: KITCHEN, key: KEY, proof: PROOF },
      `8501075000112233445566778899aabbccddeeff5820${'4b'.repeat(32)}5840${'50'.repeat(64)}`]
  ])('keep the bytes of request %o', (message, hex) => {
    expect(toHex(encodeRequest(message))).toBe(hex)
    expect(decodeRequest(fromHex(hex))).toEqual(message)
  })

  it.each<[RendezvousAnswer, string]>([
    [{ type: 'peers', room: KITCHEN, devices: [ALICE] }, `83005000112233445566778899aabbccddeeff815820${ALICE}`],
    [{ type: 'arrived', room: KITCHEN, device: ALICE }, `83015000112233445566778899aabbccddeeff5820${ALICE}`],
    [{ type: 'left', room: KITCHEN, device: ALICE }, `83025000112233445566778899aabbccddeeff5820${ALICE}`],
    [{ type: 'found', request: 7, devices: [] }, '83030780'],
    [{ type: 'denied' }, '8104'],
    [{ type: 'refused', room: KITCHEN, reason: 'other-key' }, '83055000112233445566778899aabbccddeeff01'],
    [{ type: 'gone', request: 7, reason: 'revoked' }, '83060701']
  ])('keep the bytes of answer %o', (message, hex) => {
    expect(toHex(encodeAnswer(message))).toBe(hex)
    expect(decodeAnswer(fromHex(hex))).toEqual(message)
  })

  it('of the version before, which proved nothing, are refused', () => {
    expect(() => decodeRequest(fromHex('8200815000112233445566778899aabbccddeeff'))).toThrow('place')
    expect(() => decodeRequest(fromHex('8301075000112233445566778899aabbccddeeff'))).toThrow('unknown-rendezvous-request')
  })

  it('refuse more rooms, invitations or devices than anyone has', () => {
    const fields = [fromHex(KITCHEN), KEY, PROOF, []]
    expect(() => decodeRequest(encodeCbor([0, Array.from({ length: RENDEZVOUS_MAX_ROOMS + 1 }, () => fields)]))).toThrow('too-many-rooms')
    const invites = Array.from({ length: RENDEZVOUS_MAX_INVITES + 1 }, () => [fromHex(INVITE), 1])
    expect(() => decodeRequest(encodeCbor([0, [[fromHex(KITCHEN), KEY, PROOF, invites]]]))).toThrow('too-many-invitations')
    const devices = Array.from({ length: ROOM_MAX_MEMBERS + 1 }, () => fromHex(ALICE))
    expect(() => decodeAnswer(encodeCbor([3, 1, devices]))).toThrow('too-many-devices')
  })

  it('of as many rooms as a device may have fit in frames, each with as many invitations as are listed', () => {
    const invites = Array.from({ length: RENDEZVOUS_MAX_INVITES }, () => ({ id: INVITE, expiresAt: 1_800_000_000_000 }))
    const places = Array.from({ length: RENDEZVOUS_MAX_ROOMS }, (_, n) => place(n % 2 === 0 ? invites : []))
    const parts = splitPlaces(places)
    expect(parts.flat()).toEqual(places)
    for (const part of parts) expect(encodeRequest({ type: 'enter', places: part }).length).toBeLessThan(FRAME_MAX_BYTES)
    expect(splitPlaces([])).toEqual([[]])
  })

  it('throw nothing but a WireError, whatever comes', () => {
    const isWireError = (decode: () => unknown): void => {
      try {
        decode()
      } catch (error) {
        expect(error).toMatchObject({ name: 'WireError' })
      }
    }
    const item = fc.oneof(fc.nat(), fc.uint8Array({ maxLength: 40 }), fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 3 }), fc.constant(null))
    fc.assert(fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), fc.array(item, { maxLength: 4 }).map((fields) => encodeCbor(fields))), (bytes) => {
      isWireError(() => decodeRequest(bytes))
      isWireError(() => decodeAnswer(bytes))
    }))
  })
})

describe('a proof for the rendezvous', () => {
  it('holds for its key, room, device and node, and for nothing else', async () => {
    const keys = await crypto.subtle.generateKey('Ed25519', false, ['sign', 'verify'])
    const publicKey = new Uint8Array(await crypto.subtle.exportKey('raw', keys.publicKey))
    const statement: ProofStatement = { room: KITCHEN, device: ALICE, node: KEY }
    const proof = await proveKey(keys.privateKey, statement)
    expect(await checkKey(publicKey, proof, statement)).toBe(true)
    expect(await checkKey(publicKey, proof, { ...statement, device: BOB })).toBe(false)
    expect(await checkKey(publicKey, proof, { ...statement, room: 'ff'.repeat(16) as RoomTag })).toBe(false)
    expect(await checkKey(publicKey, proof, { ...statement, node: new Uint8Array(32) })).toBe(false)
    expect(await checkKey(KEY, proof, statement)).toBe(false)
    expect(await checkKey(new Uint8Array(32).fill(0xff), proof, statement)).toBe(false)
  })

  it('of an invitation names the invitation by the hash of its key', async () => {
    expect(await inviteIdOf(KEY)).toMatch(/^[0-9a-f]{32}$/)
    expect(await inviteIdOf(KEY)).not.toBe(await inviteIdOf(new Uint8Array(32)))
  })
})
