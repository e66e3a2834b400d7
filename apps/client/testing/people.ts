/** Alice, Bob and Carol: real clients in this process, with WebRTC of their own, at a real node. */
import type { ReadonlySignal } from '@preact/signals-core'
import { createClient, type Client, type JoinState, type Message, type Platform, type Room, type Timeline } from '../index.ts'
import type { RoomTag } from '#shared/ids.ts'
import type { TestNode } from './node.ts'

export interface Person {
  readonly name: string
  readonly client: Client
  /** The name of the local database. */
  readonly profile: string
  /** Ends the client; its profile stays. */
  leave(): Promise<void>
  /** A new client on the same profile, as after closing the window. */
  return(): Promise<Person>
  room(tag: RoomTag): Room
  /** Waits until a message with this text is shown; answers it. */
  sees(tag: RoomTag, text: string, state?: Message['state']): Promise<Message>
  /** All texts that are shown now, oldest first. */
  texts(tag: RoomTag): string[]
  say(tag: RoomTag, text: string): Promise<void>
  join(link: string): Promise<JoinState>
}

let profiles = 0

export async function createPerson (name: string, node: TestNode, profile = `${name}-${++profiles}`): Promise<Person> {
  const client = createClient({ platform: createTestPlatform(), nodeOrigin: node.origin, databaseName: profile })
  const timelines = new Map<RoomTag, Timeline>()
  const room = (tag: RoomTag): Room => {
    const found = client.room(tag)
    if (found === null) throw new Error(`${name} is not in that room`)
    return found
  }
  const timeline = (tag: RoomTag): Timeline => {
    const open = timelines.get(tag) ?? room(tag).messages.openTimeline()
    timelines.set(tag, open)
    return open
  }
  await client.start()
  return {
    name,
    client,
    profile,
    room,
    async leave () {
      for (const open of timelines.values()) open.dispose()
      timelines.clear()
      await client.stop()
    },
    async return () {
      return await createPerson(name, node, profile)
    },
    async sees (tag, text, state) {
      const reached = (message: Message): boolean => message.text === text && (state === undefined || message.state === state)
      const messages = await until(timeline(tag).messages, (shown) => shown?.some(reached) ?? false, `${name} sees "${text}" ${state ?? ''}`)
      const message = messages?.find(reached)
      if (message === undefined) throw new Error('unreachable')
      return message
    },
    texts: (tag) => timeline(tag).messages.value?.map((message) => message.text) ?? [],
    async say (tag, text) {
      const send = await until(room(tag).messages.send, (action) => action !== null, `${name} may write`)
      await send?.(text)
    },
    async join (link) {
      const { state } = client.join(link)
      return await until(state, ({ status }) => status === 'joined' || status === 'failed', `${name} joins`)
    }
  }
}

/** From a new profile to being signed in under their name. */
export async function signIn (name: string, node: TestNode): Promise<Person> {
  return await signInAs(name, node, `${name.toLowerCase().replaceAll(' ', '-')}-${++profiles}@example.org`)
}

/** The same for an address of one's own: with one that has signed in before, another device of that account. */
export async function signInAs (name: string, node: TestNode, email: string): Promise<Person> {
  const person = await createPerson(name, node)
  await person.client.signIn.requestCode(email)
  await person.client.signIn.verifyCode(email, await node.codeFor(email))
  if (person.client.account.value.status === 'needs-name') await person.client.signIn.chooseName(name)
  return person
}

/** Waits for a condition of a signal; the test's own time limit is the only clock. */
export async function until<T> (signal: ReadonlySignal<T>, isMet: (value: T) => boolean, what: string, timeoutMs = 15_000): Promise<T> {
  return await new Promise((resolve, reject) => {
    let end = (): void => {}
    const timer = setTimeout(() => {
      end()
      reject(new Error(`waited in vain: ${what}; at last: ${JSON.stringify(signal.peek()).slice(0, 600)}`))
    }, timeoutMs)
    let isDone = false
    end = signal.subscribe((value) => {
      if (isDone || !isMet(value)) return
      isDone = true
      clearTimeout(timer)
      // The first call comes before subscribe has answered.
      queueMicrotask(() => end())
      resolve(value)
    })
  })
}

const claims = new Map<string, () => void>()

export function createTestPlatform (): Platform {
  return {
    kind: 'headless',
    screens: null,
    globalKeys: null,
    smallWindow: null,
    deviceLabel: 'Test',
    keychain: null,
    claimProfile (profile, { steal, onLost }) {
      if (claims.has(profile) && !steal) return Promise.resolve(null)
      claims.get(profile)?.()
      claims.set(profile, onLost)
      return Promise.resolve(() => { if (claims.get(profile) === onLost) claims.delete(profile) })
    },
    persistStorage: () => Promise.resolve(true),
    notifications: { permission: () => 'unsupported', ask: () => Promise.resolve('unsupported') },
    notify () {},
    setBadge () {},
    onLink: () => () => {},
    onWake: () => () => {},
    onOffline: () => () => {}
  }
}
