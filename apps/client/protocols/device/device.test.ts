import { expect, it } from 'vitest'
import type { ErrorCode } from '#shared/errors.ts'
import type { DeviceKey, RoomTag } from '#shared/ids.ts'
import { SHOWN_RECORD_MAX_BYTES } from '#shared/limits.ts'
import { encodeCbor } from '#shared/wire/cbor.ts'
import { createFramePair } from '#shared/wire/testing/frame-pair.ts'
import { answerDevice, askToEnter } from './index.ts'

const roomTag = '12'.repeat(16) as RoomTag
const phone = 'aa'.repeat(32) as DeviceKey
const member = Uint8Array.of(1, 2, 3)
const { signal } = new AbortController()

async function meet (refusal: ErrorCode | null): Promise<{ heard: unknown[], asked: PromiseSettledResult<void> }> {
  const { a, b } = createFramePair()
  const heard: unknown[] = []
  const admit = (...what: unknown[]): Promise<ErrorCode | null> => {
    heard.push(what)
    return Promise.resolve(refusal)
  }
  const [asked] = await Promise.allSettled([askToEnter(a, { roomTag, member, signal }), answerDevice(b, phone, { admit, signal })])
  return { heard, asked }
}

it('tells the member which room and which device, and the device that it is in', async () => {
  const { heard, asked } = await meet(null)
  expect(heard).toEqual([[roomTag, member, phone]])
  expect(asked.status).toBe('fulfilled')
})

it('tells the device why it is refused', async () => {
  expect((await meet('removed-from-room')).asked).toMatchObject({ status: 'rejected', reason: { code: 'removed-from-room' } })
})

it('drops whoever does not follow it', async () => {
  for (const frame of [encodeCbor([]), encodeCbor([0, 2, new Uint8Array(16), member]), encodeCbor([0, 1, new Uint8Array(15), member]),
    encodeCbor([1]), encodeCbor([0, 1, new Uint8Array(16), new Uint8Array(SHOWN_RECORD_MAX_BYTES + 1)]), Uint8Array.of(0xff)]) {
    const { a, b } = createFramePair()
    await a.send(frame)
    await expect(answerDevice(b, phone, { admit: () => Promise.resolve(null), signal })).rejects.toMatchObject({ name: 'WireError' })
  }
})
