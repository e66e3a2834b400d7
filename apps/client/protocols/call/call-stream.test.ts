import { expect, it } from 'vitest'
import type { RoomTag } from '#shared/ids.ts'
import { createFramePair } from '#shared/wire/testing/frame-pair.ts'
import { answerCallStream, CallRefused, openCallStream, type CallHello, type CallMessage } from './index.ts'

const { signal } = new AbortController()
const media = { microphone: true, camera: false, screen: false, hand: false, recording: false }
const hello: CallHello = { roomTag: '11'.repeat(16) as RoomTag, media, session: null }
const offer: CallMessage = { type: 'offer', round: 1, session: 'ab'.repeat(8), sdp: 'v=0' }

it('an offer can follow the hello before the other side has answered it, and is heard after it', async () => {
  const { a, b } = createFramePair()
  const opening = openCallStream(a, hello, { signal, onSaid: (send) => send(offer) })
  // Frames that are there already; nothing was answered yet.
  const answering = await answerCallStream(b, () => hello, { signal })
  expect(answering.hello).toEqual(hello)
  expect((await answering.messages().next()).value).toEqual(offer)
  expect((await opening).hello).toEqual(hello)
})

it('whoever is refused hears why, whatever they said early', async () => {
  const { a, b } = createFramePair()
  const opening = openCallStream(a, hello, { signal, onSaid: (send) => send(offer) })
  await expect(answerCallStream(b, () => 'not-in-call', { signal })).rejects.toThrow(CallRefused)
  await expect(opening).rejects.toThrow(expect.objectContaining({ reason: 'not-in-call' }))
})
