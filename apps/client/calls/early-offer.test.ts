import { expect, test } from 'vitest'
import type { CallMessage } from '../protocols/call/index.ts'
import { makeEarlyOffer, type EarlyOffer } from './early-offer.ts'
import type { MediaConnection } from './media/connection.ts'

const offer: CallMessage = { type: 'offer', round: 1, session: 'ab'.repeat(8), sdp: 'v=0' }
const candidate: CallMessage = { type: 'candidate', candidate: 'x', mid: '0' }

/** As much of a connection as an early offer touches; `tell` is what it has to say. */
function createStage (): { early: EarlyOffer, connection: MediaConnection, tell: (message: CallMessage) => void, made: () => void, isClosed: () => boolean } {
  const creating = Promise.withResolvers<MediaConnection>()
  let send = (_message: CallMessage): void => {}
  let isClosed = false
  const connection = { attach (next: typeof send) { send = next }, close () { isClosed = true } } as unknown as MediaConnection
  const early = makeEarlyOffer(1, async (first) => {
    send = first
    return await creating.promise
  })
  return { early, connection, tell: (message) => send(message), made: () => creating.resolve(connection), isClosed: () => isClosed }
}

test.each(['the offer', 'the stream'])('all is said once and in its order when %s is there first', async (first) => {
  const { early, tell, made } = createStage()
  const said: CallMessage[] = []
  const makeOffer = async (): Promise<void> => {
    tell(offer)
    made()
    await Promise.resolve()
  }
  if (first === 'the offer') await makeOffer()
  early.said((message) => said.push(message))
  if (first === 'the stream') await makeOffer()
  await early.take()
  tell(candidate)
  expect(said).toEqual([offer, candidate])
})

test('a connection that nobody has taken is closed, one that was taken is not', async () => {
  const dropped = createStage()
  dropped.early.drop()
  dropped.made()
  await expect.poll(dropped.isClosed).toBe(true)

  const taken = createStage()
  taken.made()
  expect(await taken.early.take()).toBe(taken.connection)
  taken.early.drop()
  await new Promise((resolve) => setTimeout(resolve))
  expect(taken.isClosed()).toBe(false)
})
