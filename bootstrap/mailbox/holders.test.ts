import { describe, expect, it } from 'vitest'
import type { AccountId, DeviceKey, DevTag, RoomTag } from '#shared/ids.ts'
import { createHolders, type Holders, type Teller } from './holders.ts'

const hex = (nth: number): string => nth.toString(16).padStart(32, '0')
const room = (nth: number): RoomTag => hex(nth) as RoomTag
const log = (nth: number): DevTag => hex(nth) as DevTag
const teller = (account: string, nth = 0): Teller => ({ account: account as AccountId, device: `${account}-${nth}` as DeviceKey })
const [alice, bob, carol, mallory] = [teller('alice'), teller('bob'), teller('carol'), teller('mallory')]

function open ({ max = 1000, ofAccount = 100 } = {}): { holders: Holders, refused: string[] } {
  const refused: string[] = []
  return { holders: createHolders({ maxPositions: max, maxPerAccount: ofAccount, refuse: (above) => refused.push(above) }), refused }
}

describe('what an account tells', () => {
  it.each([
    ['of 120 logs of one room, sixty times a second for half a minute', (nth: number, times: number) => [mallory, room(1), log(times * 120 + nth)] as const],
    ['of logs of many rooms', (nth: number, times: number) => [mallory, room(1 + times), log(nth)] as const],
    ['by twenty devices', (nth: number, times: number) => [teller('mallory', times % 20), room(1), log(times * 120 + nth)] as const]
  ])('%s makes the node forget nothing that others have told', (_what, tell) => {
    const { holders, refused } = open({ max: 300, ofAccount: 200 })
    for (let nth = 0; nth < 60; nth++) {
      holders.record(room(1), bob, [{ devTag: log(1_000_000 + nth), seq: 5 }])
      holders.record(room(1), carol, [{ devTag: log(1_000_000 + nth), seq: 5 }])
    }
    for (let times = 0; times < 1800; times++) {
      for (let nth = 0; nth < 120; nth += 10) {
        const [who, tag, devTag] = tell(nth, times)
        holders.record(tag, who, [{ devTag, seq: 1 }])
      }
    }
    for (let nth = 0; nth < 60; nth++) expect(holders.count(room(1), { devTag: log(1_000_000 + nth), seq: 5 }, alice)).toBe(2)
    expect(refused.length).toBeGreaterThan(1000)
  })

  it('above its own bound, is forgotten beginning with the oldest', () => {
    const { holders, refused } = open({ ofAccount: 3 })
    for (const nth of [1, 2, 3, 1, 4]) holders.record(room(1), bob, [{ devTag: log(nth), seq: 2 }])
    expect([1, 2, 3, 4].map((nth) => holders.count(room(1), { devTag: log(nth), seq: 2 }, alice))).toEqual([1, 0, 1, 1])
    expect(refused).toEqual(['party'])
  })

  it('in a log that an account asked about first stays when the questions of this account are forgotten', () => {
    const { holders } = open({ ofAccount: 3 })
    holders.count(room(1), { devTag: log(1), seq: 1 }, mallory)
    holders.record(room(1), bob, [{ devTag: log(1), seq: 1 }])
    for (let nth = 2; nth < 20; nth++) holders.count(room(1), { devTag: log(nth), seq: 1 }, mallory)
    expect(holders.count(room(1), { devTag: log(1), seq: 1 }, alice)).toBe(1)
  })

  it('goes with a device to another account', () => {
    const { holders } = open({ ofAccount: 2 })
    holders.record(room(1), bob, [{ devTag: log(1), seq: 4 }])
    holders.record(room(1), { ...bob, account: carol.account }, [{ devTag: log(1), seq: 3 }])
    for (let nth = 2; nth < 9; nth++) holders.record(room(1), bob, [{ devTag: log(nth), seq: 1 }])
    expect(holders.count(room(1), { devTag: log(1), seq: 4 }, alice)).toBe(1)
  })
})

it('questions about logs that nobody holds are remembered within the same bound', () => {
  const { holders, refused } = open({ ofAccount: 3 })
  for (let nth = 0; nth < 10; nth++) holders.count(room(1), { devTag: log(nth), seq: 1 }, alice)
  expect(refused).toHaveLength(7)
})

it('a sync session brings only logs up to date that somebody has told of or asked about', () => {
  const { holders } = open()
  holders.refresh(room(1), bob, [{ devTag: log(1), seq: 3 }])
  expect(holders.count(room(1), { devTag: log(1), seq: 3 }, alice)).toBe(0)
  holders.refresh(room(1), bob, [{ devTag: log(1), seq: 3 }, { devTag: log(2), seq: 3 }])
  expect(holders.count(room(1), { devTag: log(1), seq: 3 }, alice)).toBe(1)
  expect(holders.count(room(1), { devTag: log(2), seq: 3 }, alice)).toBe(0)
})
