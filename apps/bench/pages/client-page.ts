/**
 * A page that is nothing but the client: `window.bench` lets a bench command it from outside, so that the product needs no hook. Bundled by
 * `lib/client-page.ts` and shown at the node's own origin, as the product is.
 */
import { createClient, type Platform, type Room } from '#client'
import type { RoomTag } from '#shared/ids.ts'
import { until } from '../../friend/until.ts'
import { callingPage, type CallingPage } from './calling.ts'
import { catchUp, countShown, PAGE, type CaughtUp } from './catch-up.ts'
import { fillRoom } from './fill-room.ts'

/** Text → when it was there, Unix ms with fractions, by this page's clock. */
export type Arrivals = Record<string, number>

export interface BenchPage extends CallingPage {
  requestCode(email: string): Promise<void>
  signIn(email: string, code: string, name: string): Promise<void>
  createRoom(name: string): Promise<RoomTag>
  createInvite(): Promise<string>
  join(link: string): Promise<RoomTag>
  /** Resolves when so many members are linked directly. */
  waitForDirect(count: number): Promise<void>
  /** Sends `texts` one each `everyMs`, or as fast as they are stored for 0. Answers when each was handed to the client, and stored by it. */
  send(texts: readonly string[], everyMs: number): Promise<{ handed: Arrivals, stored: Arrivals }>
  /** Fills the room with messages of this device, as a long history of it, and waits until the node holds them too. */
  fill(messages: number): Promise<void>
  /** Joins, and resolves when all messages of the room are here. */
  joinAndCatchUp(link: string, messages: number): Promise<CaughtUp>
  /** Closes the client and opens it again. @returns ms until its room is there */
  restart(): Promise<number>
  /** Opens a window onto the newest messages, and leaves it open. @returns ms until they can be shown */
  openNewest(): Promise<number>
  /** Messages that this device holds of the room, its own included. */
  countShown(): Promise<number>
  /** All messages of others that have arrived; resolves when they are so many, or when no more come. */
  arrivals(count: number): Promise<Arrivals>
}

const ACCOUNT_TIMEOUT_MS = 30_000
/** A hundred thousand messages on their way to the mailbox, on a machine that does other things too. */
const FILL_TIMEOUT_MS = 600_000
/** When nothing comes for so long, what is missing is not coming as an event of its own. */
const QUIET_MS = 5_000

const wakers = new Set<() => void>()
const platform: Platform = {
  screens: null,
  globalKeys: null,
  smallWindow: null,
  kind: 'web',
  deviceLabel: 'Bench',
  keychain: null,
  spawnWorker: () => new Worker('/bench-worker.js', { type: 'module', name: 'parley' }),
  claimProfile: () => Promise.resolve(() => {}),
  persistStorage: () => Promise.resolve(false),
  notifications: { permission: () => 'unsupported', ask: () => Promise.resolve('unsupported') },
  notify () {},
  setBadge () {},
  onLink: () => () => {},
  onOffline: () => () => {},
  onWake (listener) {
    wakers.add(listener)
    return () => wakers.delete(listener)
  }
}

const now = (): number => performance.timeOrigin + performance.now()
const client = createClient({ platform, nodeOrigin: location.origin })
const arrived: Arrivals = {}
let onArrival = (): void => {}
let room: Room | null = null

client.events.on('message-received', ({ text }) => {
  arrived[text] = now()
  onArrival()
})

const theRoom = (): Room => {
  if (room === null) throw new Error('no room was entered')
  return room
}

const bench: BenchPage = {
  ...callingPage(client, () => theRoom(), () => wakers.forEach((wake) => wake()), (entered) => { room = entered }),
  async requestCode (email) {
    await client.start()
    await until(client.account, ({ status }) => status === 'signed-out', { timeoutMs: ACCOUNT_TIMEOUT_MS })
    await client.signIn.requestCode(email)
  },
  async signIn (email, code, name) {
    await client.signIn.verifyCode(email, code)
    await client.signIn.chooseName(name)
    await until(client.account, ({ status }) => status === 'signed-in', { timeoutMs: ACCOUNT_TIMEOUT_MS })
  },
  async createRoom (name) {
    const tag = await client.createRoom({ name })
    room = client.room(tag)
    return tag
  },
  async createInvite () {
    const invite = theRoom().entry.invite.value
    if (invite === null) throw new Error('this device may not invite')
    return (await invite()).link
  },
  async join (link) {
    const { state } = client.join(link)
    const end = await until(state, ({ status }) => status === 'joined' || status === 'failed', { timeoutMs: ACCOUNT_TIMEOUT_MS })
    if (end.status === 'failed') throw end.error
    if (end.status !== 'joined') throw new Error(end.status)
    room = client.room(end.roomTag)
    return end.roomTag
  },
  async waitForDirect (count) {
    await until(theRoom().people.members, (members) => members.filter(({ link }) => link === 'direct').length >= count, { timeoutMs: ACCOUNT_TIMEOUT_MS })
  },
  async send (texts, everyMs) {
    const send = theRoom().messages.send.value
    if (send === null) throw new Error('this device may not write')
    const handed: Arrivals = {}, stored: Arrivals = {}
    for (const text of texts) {
      const startedAt = now()
      handed[text] = startedAt
      await send(text)
      stored[text] = now()
      const left = startedAt + everyMs - now()
      if (everyMs > 0 && left > 0) await new Promise((resolve) => setTimeout(resolve, left))
    }
    return { handed, stored }
  },
  async fill (messages) {
    const { tag } = theRoom()
    await client.stop()
    await fillRoom(tag, messages)
    await client.start()
    room = await until(client.rooms, (rooms) => rooms?.some((summary) => summary.tag === tag) ?? false, { timeoutMs: ACCOUNT_TIMEOUT_MS })
      .then(() => client.room(tag))
    await until(theRoom().messages.keptAtNode, (isKept) => isKept, { timeoutMs: FILL_TIMEOUT_MS })
  },
  async restart () {
    const { tag } = theRoom()
    await client.stop()
    const startedAt = now()
    await client.start()
    room = await until(client.rooms, (rooms) => rooms?.some((summary) => summary.tag === tag) ?? false, { timeoutMs: ACCOUNT_TIMEOUT_MS })
      .then(() => client.room(tag))
    return now() - startedAt
  },
  async openNewest () {
    const startedAt = now()
    await until(theRoom().messages.openTimeline().messages, (shown) => (shown?.length ?? 0) >= PAGE, { timeoutMs: ACCOUNT_TIMEOUT_MS })
    return now() - startedAt
  },
  countShown: async () => await countShown(theRoom().tag),
  async joinAndCatchUp (link, messages) {
    await bench.join(link)
    return await catchUp(theRoom(), messages, performance.now())
  },
  async arrivals (count) {
    await new Promise<void>((resolve) => {
      let timer = setTimeout(resolve, QUIET_MS)
      onArrival = () => {
        clearTimeout(timer)
        if (Object.keys(arrived).length >= count) resolve()
        else timer = setTimeout(resolve, QUIET_MS)
      }
      onArrival()
    })
    return arrived
  }
}
Object.assign(globalThis, { bench })
