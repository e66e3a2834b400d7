import { describe, expect, it } from 'vitest'
import { encodeCbor } from '#shared/wire/cbor.ts'
import { createFramePair } from '#shared/wire/testing/frame-pair.ts'
import { answerLinkEnd, askToEnd, tellEnd, type EndReason } from './index.ts'

const nothing = { asked: () => false, ended: () => {} }

describe('the end of a direct link', () => {
  it.each([true, false])('is asked for, and the answer is %s', async (agrees) => {
    const { a, b } = createFramePair()
    const [answer] = await Promise.all([askToEnd(a), answerLinkEnd(b, { ...nothing, asked: () => agrees })])
    expect(answer).toBe(agrees)
  })

  it.each<EndReason>(['no-room', 'hidden'])('is told with its reason: %s', async (reason) => {
    const { a, b } = createFramePair()
    const heard: EndReason[] = []
    await Promise.all([tellEnd(a, reason), answerLinkEnd(b, { ...nothing, ended: (said) => { heard.push(said) } })])
    expect(heard).toEqual([reason])
  })

  it('is not agreed to by an end that says nothing', async () => {
    const { a, b } = createFramePair()
    const asking = askToEnd(a)
    await b.receive()
    await b.close()
    expect(await asking).toBe(false)
  })

  it('told with a reason of a later version is taken as want of room', async () => {
    const { a, b } = createFramePair()
    const heard: EndReason[] = []
    await a.send(encodeCbor([1, 7]))
    await answerLinkEnd(b, { ...nothing, ended: (reason) => { heard.push(reason) } })
    expect(heard).toEqual(['no-room'])
  })

  it.each([[[]], [[2]], [['yes']], [[1]], [[1, -1]]])('is not what %j says', async (frame) => {
    const { a, b } = createFramePair()
    await a.send(encodeCbor(frame))
    await expect(answerLinkEnd(b, nothing)).rejects.toThrow()
  })
})
