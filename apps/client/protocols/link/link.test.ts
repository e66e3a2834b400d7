import { expect, it } from 'vitest'
import type { ErrorCode } from '#shared/errors.ts'
import type { DeviceKey, UserKey } from '#shared/ids.ts'
import { createFramePair } from '#shared/wire/testing/frame-pair.ts'
import { answerLink, askForLink, LINK_FRAME_MAX_BYTES, type Handover, type LinkAnswer } from './index.ts'
import { decodeLinkMessage, encodeLinkMessage } from './messages.ts'

const phone = 'aa'.repeat(32) as DeviceKey
const laptop = 'bb'.repeat(32) as DeviceKey
const mallory = 'ee'.repeat(32) as DeviceKey
const secret = new Uint8Array(32).fill(7)
const encryptionKey = new Uint8Array(32).fill(9)
const rooms = [new Uint8Array(100).fill(1), new Uint8Array(300_000).fill(2)]
const handover: Handover = {
  grant: { userKey: 'cc'.repeat(32) as UserKey, certificate: new Uint8Array(64).fill(3), issuedAt: 5, list: null, backupKey: new Uint8Array(32).fill(4), devices: [laptop] },
  rooms
}
const record = new Uint8Array(200).fill(5)
const { signal } = new AbortController()

function createOffer (known: Uint8Array<ArrayBuffer> | ErrorCode = secret): LinkAnswer & { wrong: number, granted: Uint8Array[] } {
  const offer = {
    wrong: 0,
    granted: [] as Uint8Array[],
    secretOf: () => Promise.resolve(known),
    onWrong () { offer.wrong++ },
    grant (key: Uint8Array<ArrayBuffer>) {
      offer.granted.push(key)
      return Promise.resolve(handover)
    }
  }
  return offer
}

/** The phone asks the laptop; each may be wrong about who the other is, as with somebody in the middle. */
async function meet (offer: LinkAnswer, options: { phoneSees?: DeviceKey, laptopSees?: DeviceKey, phoneSecret?: Uint8Array<ArrayBuffer> } = {}) {
  const { a, b } = createFramePair({ maxFrameBytes: LINK_FRAME_MAX_BYTES })
  const kept: Handover[] = []
  const [asked, answered] = await Promise.allSettled([
    askForLink(a, {
      localKey: phone, remoteKey: options.phoneSees ?? laptop, kind: 'code', secret: options.phoneSecret ?? secret, encryptionKey, signal,
      keep (handed) {
        kept.push(handed)
        return Promise.resolve(record)
      }
    }),
    answerLink(b, { localKey: laptop, remoteKey: options.laptopSees ?? phone, answer: offer, signal })
  ])
  return { kept, asked, answered }
}

it('hands over everything to the device that knows the code, and hears that it was kept', async () => {
  const offer = createOffer()
  const { kept, asked, answered } = await meet(offer)
  expect(asked.status).toBe('fulfilled')
  expect(answered).toEqual({ status: 'fulfilled', value: record })
  expect(kept).toEqual([handover])
  expect(offer.granted).toEqual([encryptionKey])
})

it('is not over for the new device before the old one has read that everything was kept', async () => {
  const { a, b } = createFramePair({ maxFrameBytes: LINK_FRAME_MAX_BYTES })
  const order: string[] = []
  await Promise.all([
    askForLink(a, { localKey: phone, remoteKey: laptop, kind: 'code', secret, encryptionKey, signal, keep: () => Promise.resolve(record) })
      .then(() => order.push('the phone goes on')),
    answerLink({
      ...b,
      async receive (options) {
        const frame = await b.receive(options)
        if (frame !== null && decodeLinkMessage(frame).type === 'done') {
          await new Promise((resolve) => { setTimeout(resolve, 20) })
          order.push('the laptop knows')
        }
        return frame
      }
    }, { localKey: laptop, remoteKey: phone, answer: createOffer(), signal })
  ])
  expect(order).toEqual(['the laptop knows', 'the phone goes on'])
})

it('gives nothing for a wrong code, and counts it', async () => {
  const offer = createOffer()
  const { kept, asked, answered } = await meet(offer, { phoneSecret: new Uint8Array(32).fill(8) })
  expect(asked).toMatchObject({ status: 'rejected', reason: { code: 'link-code-wrong' } })
  expect(answered).toEqual({ status: 'fulfilled', value: null })
  expect([offer.wrong, offer.granted.length, kept.length]).toEqual([1, 0, 0])
})

it('gives nothing through somebody in the middle, on whichever side they stand', async () => {
  for (const options of [{ phoneSees: mallory }, { laptopSees: mallory }, { phoneSees: mallory, laptopSees: mallory }]) {
    const offer = createOffer()
    const { kept, asked } = await meet(offer, options)
    expect(asked).toMatchObject({ status: 'rejected', reason: { code: 'link-code-wrong' } })
    expect([offer.wrong, offer.granted.length, kept.length]).toEqual([1, 0, 0])
  }
})

it('takes nothing from a device that accepts any code without knowing it', async () => {
  const { a, b } = createFramePair()
  const liar = (async () => {
    await b.receive()
    await b.send(encodeLinkMessage({ type: 'challenge', nonce: new Uint8Array(32) }))
    const confirm = decodeLinkMessage(await b.receive() ?? new Uint8Array())
    // What it was told is all that it can say.
    await b.send(encodeLinkMessage({ type: 'accept', mac: confirm.type === 'confirm' ? confirm.mac : new Uint8Array(32) }))
    await b.send(encodeLinkMessage({ type: 'grant', grant: handover.grant }))
  })()
  const keep = (): Promise<never> => Promise.reject(new Error('nothing may be kept'))
  await expect(askForLink(a, { localKey: phone, remoteKey: mallory, kind: 'qr', secret, encryptionKey, keep, signal }))
    .rejects.toMatchObject({ code: 'link-code-wrong' })
  await liar
})

it('is refused with the reason where nothing is on offer', async () => {
  const { asked, answered } = await meet(createOffer('link-expired'))
  expect(asked).toMatchObject({ status: 'rejected', reason: { code: 'link-expired' } })
  expect(answered).toEqual({ status: 'fulfilled', value: null })
})

it('is not done for the old device until the new one has kept everything', async () => {
  const { a, b } = createFramePair({ maxFrameBytes: LINK_FRAME_MAX_BYTES })
  const full = (): Promise<never> => Promise.reject(new Error('the disk is full'))
  const [asked, answered] = await Promise.allSettled([
    askForLink(a, { localKey: phone, remoteKey: laptop, kind: 'code', secret, encryptionKey, keep: full, signal }),
    answerLink(b, { localKey: laptop, remoteKey: phone, answer: createOffer(), signal })
  ])
  expect([asked.status, answered.status]).toEqual(['rejected', 'rejected'])
})

it('reads each frame as it was written, and refuses what is none', () => {
  for (const message of [
    { type: 'ask', kind: 'qr', nonce: secret }, { type: 'challenge', nonce: secret }, { type: 'confirm', mac: secret, encryptionKey },
    { type: 'accept', mac: secret }, { type: 'room', keys: new Uint8Array(5) }, { type: 'grant', grant: handover.grant }, { type: 'done', member: new Uint8Array(9) },
    { type: 'refused', code: 'link-expired' }
  ] as const) expect(decodeLinkMessage(encodeLinkMessage(message))).toEqual(message)
  for (const bytes of [[], [0x80], [0x81, 0x09], [0x82, 0x01, 0x40], [0x84, 0, 2, 0, 0x40], [0xff]]) {
    expect(() => decodeLinkMessage(Uint8Array.from(bytes))).toThrow()
  }
})
