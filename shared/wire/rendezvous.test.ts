import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fromHex, toHex, type DeviceKey, type RoomTag } from '../ids.ts'
import { ROOM_MAX_MEMBERS } from '../limits.ts'
import { encodeCbor } from './cbor.ts'
import { decodeAnswer, decodeRequest, encodeAnswer, encodeRequest, RENDEZVOUS_MAX_ROOMS, type RendezvousAnswer, type RendezvousRequest } from './rendezvous.ts'

const KITCHEN = '00112233445566778899aabbccddeeff' as RoomTag
const ALICE = 'a1'.repeat(32) as DeviceKey

describe('rendezvous messages', () => {
  it.each<[RendezvousRequest, string]>([
    [{ type: 'register', rooms: [KITCHEN] }, '8200815000112233445566778899aabbccddeeff'],
    [{ type: 'look-up', request: 7, room: KITCHEN }, '8301075000112233445566778899aabbccddeeff']
  ])('keep the bytes of request %o', (message, hex) => {
    expect(toHex(encodeRequest(message))).toBe(hex)
    expect(decodeRequest(fromHex(hex))).toEqual(message)
  })

  it.each<[RendezvousAnswer, string]>([
    [{ type: 'peers', room: KITCHEN, devices: [ALICE] }, `83005000112233445566778899aabbccddeeff815820${ALICE}`],
    [{ type: 'arrived', room: KITCHEN, device: ALICE }, `83015000112233445566778899aabbccddeeff5820${ALICE}`],
    [{ type: 'left', room: KITCHEN, device: ALICE }, `83025000112233445566778899aabbccddeeff5820${ALICE}`],
    [{ type: 'found', request: 7, devices: [] }, '83030780'],
    [{ type: 'denied' }, '8104']
  ])('keep the bytes of answer %o', (message, hex) => {
    expect(toHex(encodeAnswer(message))).toBe(hex)
    expect(decodeAnswer(fromHex(hex))).toEqual(message)
  })

  it('refuse more rooms or devices than anybody has', () => {
    const tags = Array.from({ length: RENDEZVOUS_MAX_ROOMS + 1 }, () => fromHex(KITCHEN))
    expect(() => decodeRequest(encodeCbor([0, tags]))).toThrow('too-many-rooms')
    const devices = Array.from({ length: ROOM_MAX_MEMBERS + 1 }, () => fromHex(ALICE))
    expect(() => decodeAnswer(encodeCbor([3, 1, devices]))).toThrow('too-many-devices')
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
