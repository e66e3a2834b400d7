import { signal } from '@preact/signals-core'
import { expect, it } from 'vitest'
import type { RoomTag, UserKey } from '#shared/ids.ts'
import type { Rooms } from '../rooms/index.ts'
import { emptySelfRecord } from './self-record.ts'
import { watchNames } from './watch-names.ts'

const bob = 'b0'.repeat(32) as UserKey
const mallory = 'e0'.repeat(32) as UserKey

it('tells once when somebody with another key bears a verified name, however it is written', () => {
  const members = signal(new Map([[bob, { user: bob, name: 'Bob' }]]))
  const membership = { get value () { return { members: members.value } } }
  const rooms = { all: signal(new Map([['12' as RoomTag, { log: { membership } }]])) } as unknown as Rooms
  const record = signal(emptySelfRecord())
  const told: string[] = []
  const end = watchNames({ rooms, records: { record, change: () => Promise.resolve() }, onChanged: (name) => told.push(name) })
  members.value = new Map([[mallory, { user: mallory, name: 'BOB' }]])
  expect(told).toEqual([])
  record.value = { ...emptySelfRecord(), verified: [{ user: bob, name: 'Bob', isVerified: true, changedAt: 1 }] }
  expect(told).toEqual(['BOB'])
  members.value = new Map([[bob, { user: bob, name: 'Bob' }], [mallory, { user: mallory, name: 'Bob' }]])
  expect(told).toEqual(['BOB'])
  end()
})
