import { signal } from '@preact/signals-core'
import { beforeEach, describe, expect, it } from 'vitest'
import type { EpochId, RoomTag, UserKey } from '#shared/ids.ts'
import type { OfferRecord } from '../../../store/index.ts'
import { openDirectRequests, REQUESTS_MAX, type DirectRequests } from './direct-requests.ts'

const KITCHEN = 'kitchen' as RoomTag, SQUARE = 'square' as RoomTag
const user = (name: string): UserKey => name as UserKey

let saved: readonly OfferRecord[]
let answered: ReturnType<typeof signal<ReadonlySet<UserKey>>>
let blocked: UserKey[]
let requests: DirectRequests

const open = async (): Promise<DirectRequests> => await openDirectRequests({
  store: { loadOffers: () => Promise.resolve([...saved]), saveOffers: (offers) => { saved = offers; return Promise.resolve() } },
  roomOf: (tag) => tag === KITCHEN || tag === SQUARE ? { name: tag, nameOf: (of) => ({ text: of, mark: 'unconfirmed' }) } : null,
  isAnswered: (of) => answered.value?.has(of) ?? false,
  accept: (of) => Promise.resolve(`room of ${of}` as RoomTag),
  block: (of) => { blocked.push(of); return Promise.resolve() }
})

let clock = 0
const offer = (name: string, { through = KITCHEN, room = `${name}-${clock}` } = {}): OfferRecord => ({
  user: user(name), name, through, roomTag: room as RoomTag, firstEpochId: 'epoch' as EpochId, keys: new Uint8Array(), receivedAt: ++clock, isLater: false
})
const names = (): string[] => requests.all.value.map(({ name }) => name)

beforeEach(async () => {
  saved = []
  answered = signal<ReadonlySet<UserKey>>(new Set())
  blocked = []
  requests = await open()
})

describe('people who ask for a conversation', () => {
  it('are there once each, whatever they offer, with the newest of their offers', async () => {
    for (let nth = 0; nth < 60; nth++) await requests.keep(offer('mallory', { room: `room ${nth}` }))
    await requests.keep(offer('alice'))
    expect(names()).toEqual(['alice', 'mallory'])
    expect(saved).toHaveLength(2)
    expect(requests.of(user('mallory'))?.roomTag).toBe('room 59')
  })

  it('are told with the room that both are in, and with what is to be known of their name', async () => {
    await requests.keep(offer('alice'))
    expect(requests.all.value).toMatchObject([{ name: 'alice', nameMark: 'unconfirmed', roomName: KITCHEN, isLater: false }])
  })

  it('crowd out nobody of another room, however many they are', async () => {
    await requests.keep(offer('alice', { through: KITCHEN }))
    for (let nth = 0; nth < 3 * REQUESTS_MAX; nth++) await requests.keep(offer(`sybil ${nth}`, { through: SQUARE }))
    await requests.keep(offer('bob', { through: KITCHEN }))
    expect(saved).toHaveLength(REQUESTS_MAX)
    expect(names()).toEqual(expect.arrayContaining(['alice', 'bob', `sybil ${3 * REQUESTS_MAX - 1}`]))
    expect(names()).not.toContain('sybil 0')
  })

  it('are still there after a restart', async () => {
    await requests.keep(offer('alice'))
    requests = await open()
    expect(names()).toEqual(['alice'])
  })
})

describe('an answer', () => {
  it('for later keeps the request, below the others, also when they offer again', async () => {
    await requests.keep(offer('alice'))
    await requests.keep(offer('bob'))
    await requests.all.value.find(({ name }) => name === 'bob')?.postpone()
    await requests.keep(offer('bob'))
    expect(requests.all.value.map(({ name, isLater }) => [name, isLater])).toEqual([['alice', false], ['bob', true]])
  })

  it('that blocks forgets the request', async () => {
    await requests.keep(offer('mallory'))
    await requests.all.value[0]?.block()
    expect(blocked).toEqual(['mallory'])
    expect(saved).toEqual([])
    expect(names()).toEqual([])
  })

  it('that was given elsewhere hides the request', async () => {
    await requests.keep(offer('alice'))
    answered.value = new Set([user('alice')])
    expect(names()).toEqual([])
  })

  it('is the opening of the conversation', async () => {
    await requests.keep(offer('alice'))
    expect(await requests.all.value[0]?.accept()).toBe('room of alice')
  })
})

it('a request from a room that this device has no more is not shown', async () => {
  await requests.keep(offer('alice', { through: 'forgotten' as RoomTag }))
  expect(names()).toEqual([])
})
