/** Mallory is a member, so he proves access; everything after that is as he likes. The session ends, nothing false is kept, Alice goes on. */
import { describe, expect, it } from 'vitest'
import { SYNC_CREDIT_BYTES } from '../../limits.ts'
import { encodeCbor, WireError } from '../cbor.ts'
import { assembleEnvelope, concat, encodeEnvelope, sha256, type Envelope, type VerifiedEnvelope } from '../envelope.ts'
import { encodeMessage, type ClaimedLog } from './messages.ts'
import { elideRun } from './run.ts'
import { deceive, heldBy, meet, sideOf, type Impostor } from './testing/meeting.ts'
import { createPerson, type Person } from './testing/people.ts'

const alice = await createPerson()
const bob = await createPerson()
const mallory = await createPerson()
await bob.writeMany(120)

const claimOf = (person: Person, to = person.log.length, from = 1): ClaimedLog =>
  ({ device: person.device, headStart: (person.log[to - 1]?.id ?? '00'.repeat(32)).slice(0, 32), have: [{ from, to }] })
const runOf = (entries: readonly Envelope[], range = 0) => ({ type: 'run' as const, range, run: elideRun(entries) })
const reasonOf = (outcome: PromiseSettledResult<unknown>): unknown =>
  outcome.status === 'rejected' ? (outcome.reason instanceof WireError ? outcome.reason.reason : outcome.reason) : 'kept going'

async function trickedBy (script: (peer: Impostor) => Promise<unknown>, entries: readonly VerifiedEnvelope[] = []): Promise<[unknown, number]> {
  const victim = sideOf(alice, entries)
  const outcome = await deceive(victim, mallory, script)
  return [reasonOf(outcome), victim.replica.appended.length]
}

describe('a vector that is not what it should be', () => {
  it('refers to logs that were not listed', async () => {
    expect(await trickedBy(async (peer) => await peer.greet([{ nth: 0, state: null }]))).toEqual(['malformed-vector', 0])
  })

  it('names a log twice', async () => {
    expect(await trickedBy(async (peer) => await peer.greet([claimOf(bob), claimOf(bob)]))).toEqual(['malformed-vector', 0])
  })
})

describe('entries that are not what they should be', () => {
  const small = bob.log.slice(0, 5)

  it('with a false signature are dropped', async () => {
    const forged = small.map((entry) => ({ ...entry, signature: new Uint8Array(64).fill(1) }))
    expect(await trickedBy(async (peer) => {
      await peer.claim([claimOf(bob, 5)])
      await peer.send(runOf(forged))
    })).toEqual(['bad-signature', 0])
  })

  it('with another text in the middle of a run break the chain to its signature', async () => {
    const changed = await Promise.all(small.map(async (entry, i) => i === 2
      ? await assembleEnvelope({ ...entry, body: { nonce: new Uint8Array(12), ciphertext: new Uint8Array(144) } })
      : entry))
    expect(await trickedBy(async (peer) => {
      await peer.claim([claimOf(bob, 5)])
      await peer.send(runOf(changed))
    })).toEqual(['bad-signature', 0])
  })

  it('of somebody else under the name of Bob are dropped', async () => {
    const others = await (await createPerson()).writeMany(5)
    expect(await trickedBy(async (peer) => {
      await peer.claim([claimOf(bob, 5)])
      await peer.send(runOf(others))
    })).toEqual(['bad-signature', 0])
  })

  it('that are messages among asked operations, or have a false signature there, are dropped', async () => {
    for (const [run, reason] of [[bob.log.slice(0, 1), 'not-an-operation'], [[{ ...await (await createPerson()).write({ kind: 'operation' }) }], 'bad-signature']] as const) {
      expect(await trickedBy(async (peer) => {
        expect((await peer.claim([claimOf(bob)])).mode).toBe('operations')
        await peer.send(runOf(run))
      })).toEqual([reason, 0])
    }
  })

  it('below held ones are taken only when the held one names the last of them', async () => {
    const held = bob.log.slice(3, 6)
    const fake = await createPerson()
    const outcome = await trickedBy(async (peer) => {
      await peer.claim([claimOf(bob, 6)])
      await peer.send(runOf(await fake.writeMany(3)))
    }, held)
    expect(outcome).toEqual(['bad-signature', 0])
    const honest = sideOf(alice, held)
    const unsigned = bob.log.slice(0, 3).map((entry) => ({ ...entry, signature: new Uint8Array(64) }))
    await deceive(honest, mallory, async (peer) => {
      await peer.claim([claimOf(bob, 6)])
      await peer.send(runOf(unsigned))
      await peer.send({ type: 'end' })
      await peer.send({ type: 'done' })
    })
    expect(heldBy(honest, bob)).toEqual([{ from: 1, to: 6 }])
  })
})

describe('runs that were not asked for', () => {
  it.each([
    ['outside the range', async (peer: Impostor) => { await peer.claim([claimOf(bob, 5)]); await peer.send(runOf(bob.log.slice(4, 8))) }],
    ['of a range that is not there', async (peer: Impostor) => { await peer.claim([claimOf(bob, 5)]); await peer.send(runOf(bob.log.slice(0, 5), 7)) }],
    ['twice', async (peer: Impostor) => { await peer.claim([claimOf(bob, 5)]); for (let i = 0; i < 2; i++) await peer.send(runOf(bob.log.slice(0, 5))) }],
    ['before any question', async (peer: Impostor) => {
      await peer.receiveA('hello')
      await peer.send(runOf(bob.log.slice(0, 5)))
    }]
  ])('end the session: %s', async (name, script) => {
    const [reason] = await trickedBy(script)
    expect(reason).toBe(name === 'before any question' ? 'unexpected-message' : 'unasked-run')
  })

  it('a replay of what is held is skipped', async () => {
    const victim = sideOf(alice, bob.log.slice(2, 4))
    const outcome = await deceive(victim, mallory, async (peer) => {
      await peer.claim([claimOf(bob, 5)])
      await peer.send(runOf(bob.log.slice(0, 5)))
      await peer.send({ type: 'end' })
      await peer.send({ type: 'done' })
    })
    expect(outcome).toMatchObject({ status: 'fulfilled', value: { receivedEntries: 3, withheld: false } })
  })
})

describe('what is claimed and does not come', () => {
  it('is told as withheld when the other side says it is all', async () => {
    const victim = sideOf(alice)
    const outcome = await deceive(victim, mallory, async (peer) => {
      await peer.claim([claimOf(bob, 5)])
      await peer.send(runOf(bob.log.slice(1, 5)))
      await peer.send({ type: 'end' })
      await peer.send({ type: 'done' })
    })
    expect(outcome).toMatchObject({ status: 'fulfilled', value: { receivedEntries: 4, withheld: true } })
  })

  it('is told as withheld when the other side falls silent', async () => {
    const outcome = await deceive(sideOf(alice), mallory, async (peer) => {
      await peer.claim([claimOf(bob, 5)])
      await peer.receiveA('done')
    }, { timeoutMs: 60 })
    expect(outcome).toMatchObject({ status: 'fulfilled', value: { withheld: true } })
  })

  it('ends the session by its time limit when nothing comes at all', async () => {
    const outcome = await deceive(sideOf(alice), mallory, async (peer) => await peer.receiveA('done'), { timeoutMs: 60 })
    expect(outcome).toMatchObject({ status: 'rejected', reason: { name: 'SyncTimeout' } })
  })
})

describe('what costs', () => {
  it('a second want while one is served is refused', async () => {
    const victim = sideOf(alice, bob.log)
    const want = { type: 'want' as const, mode: 'all' as const, ranges: [{ devTag: bob.devTag, from: 1, to: 120 }] }
    const outcome = await deceive(victim, mallory, async (peer) => {
      await peer.greet([])
      await peer.send(want)
      await peer.send(want)
      await peer.receiveA('done')
      while (await peer.receive() !== null);
    })
    expect(reasonOf(outcome)).toBe('unexpected-want')
  })

  it('asking without end is refused', async () => {
    const victim = sideOf(alice, bob.log)
    const ranges = Array.from({ length: 1000 }, () => ({ devTag: bob.devTag, from: 1, to: 120 }))
    const outcome = await deceive(victim, mallory, async (peer) => {
      await peer.greet([])
      await peer.send({ type: 'want', mode: 'all', ranges })
      let bytes = 0
      for (;;) {
        const message = await peer.receive()
        if (message === null) return
        if (message.type === 'run') await peer.send({ type: 'ack', bytes: bytes += encodeMessage(message).length })
      }
    })
    expect(reasonOf(outcome)).toBe('want-budget')
  })

  it('acknowledging what was never sent is refused', async () => {
    const outcome = await deceive(sideOf(alice, bob.log), mallory, async (peer) => {
      await peer.greet([])
      await peer.send({ type: 'ack', bytes: 1 })
    })
    expect(reasonOf(outcome)).toBe('malformed-ack')
  })

  it('sending more than the credit is refused', async () => {
    const dave = await createPerson()
    await dave.writeMany(120, { bytes: 18_000 })
    const victim = sideOf(alice)
    victim.replica.append = () => new Promise(() => {})
    const outcome = await deceive(victim, mallory, async (peer) => {
      const operations = await peer.claim([claimOf(dave)])
      expect(operations.mode).toBe('operations')
      await peer.send({ type: 'end' })
      const { ranges } = await peer.receiveA('want')
      expect(ranges).toEqual([{ devTag: dave.devTag, from: 1, to: 120 }])
      for (let to = 120; to > 0; to -= 3) await peer.send(runOf(dave.log.slice(to - 3, to)))
    })
    expect(reasonOf(outcome)).toBe('credit-exceeded')
    expect(120 * 18_000).toBeGreaterThan(2 * SYNC_CREDIT_BYTES)
  })

  it('a frame above its limit, bytes that are no message, and a vector that lies about itself are refused', async () => {
    const log = claimOf(bob)
    for (const [script, reason] of [
      [async (peer: Impostor) => await peer.sendRaw(new Uint8Array(70_000)), 'frame-too-long'],
      [async (peer: Impostor) => await peer.sendRaw(Uint8Array.of(0xff, 1)), 'malformed-cbor'],
      [async (peer: Impostor) => await peer.sendRaw(encodeCbor([77])), 'unknown-message'],
      [async (peer: Impostor) => await peer.claim([log, log]), 'malformed-vector'],
      [async (peer: Impostor) => await peer.claim([log], { mask: 0 }), 'malformed-vector']
    ] as const) expect(await trickedBy(script)).toEqual([reason, 0])
  })
})

describe('a device that writes two entries at one position', () => {
  async function twins (): Promise<{ eve: Person, other: VerifiedEnvelope[] }> {
    const eve = await createPerson()
    await eve.writeMany(20)
    const other = eve.log.slice(0, 9)
    while (other.length < 20) other.push(await eve.writeAfter(other.at(-1) ?? null))
    return { eve, other }
  }

  it('is found out although both logs are equally long; both learn the proof, neither changes what it holds', async () => {
    const { eve, other } = await twins()
    const one = sideOf(alice, eve.log), two = sideOf(bob, other)
    await meet(one, two)
    for (const { replica } of [one, two]) {
      expect(replica.forks.length).toBeGreaterThan(0)
      expect(replica.forks.every(({ first, second, device }) => device === eve.device && first.id !== second.id && first.header.seq === second.header.seq)).toBe(true)
      expect(replica.appended).toHaveLength(0)
    }
  })

  it('is found out when new entries do not follow what is held', async () => {
    const { eve, other } = await twins()
    const one = sideOf(alice, eve.log.slice(0, 12)), two = sideOf(bob, other)
    await meet(one, two)
    expect(one.replica.forks.length).toBeGreaterThan(0)
    expect(heldBy(one, eve)).toEqual([{ from: 1, to: 12 }])
  })

  it('is not believed without two signatures', async () => {
    const entry = bob.log[0]!
    if ('erasedHash' in entry.body) throw new Error('it has a body')
    const erased = await assembleEnvelope({ ...entry, body: { erasedHash: await sha256(concat(entry.body.nonce, entry.body.ciphertext)) } })
    const forged = await assembleEnvelope({ ...entry, body: { erasedHash: new Uint8Array(32) } })
    for (const [second, reason] of [[forged, 'bad-signature'], [erased, 'malformed-fork']] as const) {
      const victim = sideOf(alice, bob.log)
      const outcome = await deceive(victim, mallory, async (peer) => {
        await peer.greet([])
        await peer.send({ type: 'fork', device: bob.device, first: encodeEnvelope(erased), second: encodeEnvelope(second) })
      })
      expect([reasonOf(outcome), victim.replica.forks.length]).toEqual([reason, 0])
    }
  })
})
