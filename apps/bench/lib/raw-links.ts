/**
 * What delivery is compared with: the least that two pages can be linked by. Both send a text each `everyMs` milliseconds and note when it
 * is there, with no encryption of ours, no signature, no storage and no acknowledgement.
 */
import type { Browser, Page } from '@playwright/test'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { WebSocketServer } from 'ws'
import { withoutClockOffset } from './percentiles.ts'
import { newContext, openPage } from './stage.ts'

export interface Traffic { count: number, bytes: number, everyMs: number }

/** In a page: a link to the other page by whatever means. */
interface RawLink { send(text: string): void, onText: (text: string) => void }
interface RawPage { link: RawLink, connection: RTCPeerConnection, offer(): Promise<string>, answer(offer: string): Promise<string>, accept(answer: string): Promise<void> }

/** Secure as localhost is, and answered by nobody but the route. */
const ADDRESS = 'http://raw.localhost/'

/** One-way times in ms over an RTCDataChannel, reliable and ordered; the driver carries the signalling. */
export async function measureDataChannel (browser: Browser, traffic: Traffic): Promise<number[]> {
  return await withTwoPages(browser, async (alice, bob) => {
    await Promise.all([alice, bob].map((page) => page.evaluate(prepareConnection)))
    const offer = await alice.evaluate(() => (globalThis as unknown as RawPage).offer())
    const answer = await bob.evaluate((text) => (globalThis as unknown as RawPage).answer(text), offer)
    await alice.evaluate((text) => (globalThis as unknown as RawPage).accept(text), answer)
    return await measure(alice, bob, traffic)
  })
}

/** One-way times in ms through a `ws` server in this process that sends what it gets to everybody else. */
export async function measureWsBroadcast (browser: Browser, traffic: Traffic): Promise<number[]> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 })
  await once(server, 'listening')
  server.on('connection', (socket) => {
    socket.on('message', (data, isBinary) => {
      for (const other of server.clients) if (other !== socket) other.send(data, { binary: isBinary })
    })
  })
  try {
    return await withTwoPages(browser, async (alice, bob) => {
      const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`
      await Promise.all([alice, bob].map((page) => page.evaluate(openSocket, url)))
      return await measure(alice, bob, traffic)
    })
  } finally {
    for (const socket of server.clients) socket.terminate()
    server.close()
  }
}

async function withTwoPages<T> (browser: Browser, use: (alice: Page, bob: Page) => Promise<T>): Promise<T> {
  const contexts = await Promise.all([newContext(browser), newContext(browser)])
  try {
    const [alice, bob] = await Promise.all(contexts.map((context) => openPage(context, ADDRESS)))
    return await use(alice!, bob!)
  } finally {
    await Promise.all(contexts.map((context) => context.close()))
  }
}

async function measure (alice: Page, bob: Page, traffic: Traffic): Promise<number[]> {
  const there = await measureOneWay(alice, bob, traffic)
  const back = await measureOneWay(bob, alice, traffic)
  return withoutClockOffset(there, back)
}

async function measureOneWay (from: Page, to: Page, { count, bytes, everyMs }: Traffic): Promise<number[]> {
  const arrivals = to.evaluate(async (wanted) => await new Promise<number[]>((resolve) => {
    const { link } = globalThis as unknown as RawPage
    const times: number[] = []
    link.onText = (text) => {
      times[Number.parseInt(text)] = performance.timeOrigin + performance.now()
      if (Object.keys(times).length === wanted) resolve(times)
    }
  }), count)
  const sent = await from.evaluate(async ({ count, bytes, everyMs }) => {
    const { link } = globalThis as unknown as RawPage
    const times: number[] = []
    for (let n = 0; n < count; n++) {
      await new Promise((resolve) => setTimeout(resolve, everyMs))
      times.push(performance.timeOrigin + performance.now())
      link.send(`${n} `.padEnd(bytes, 'x'))
    }
    return times
  }, { count, bytes, everyMs })
  return (await arrivals).map((at, n) => at - sent[n]!)
}

/* The rest runs inside the pages. */

function openSocket (url: string): Promise<void> {
  const socket = new WebSocket(url)
  const link: RawLink = { send: (text) => socket.send(text), onText () {} }
  socket.addEventListener('message', ({ data }) => link.onText(String(data)))
  Object.assign(globalThis, { link })
  return new Promise((resolve, reject) => {
    socket.addEventListener('open', () => resolve())
    socket.addEventListener('error', () => reject(new Error('the socket did not open')))
  })
}

function prepareConnection (): void {
  const connection = new RTCPeerConnection()
  // Negotiated: both sides make it, and no message of its own announces it.
  const channel = connection.createDataChannel('bench', { negotiated: true, id: 0 })
  const link: RawLink = { send: (text) => channel.send(text), onText () {} }
  channel.addEventListener('message', ({ data }) => link.onText(String(data)))
  const isOpen = new Promise((resolve) => channel.addEventListener('open', resolve))
  const describe = async (): Promise<string> => {
    await new Promise<void>((resolve) => {
      const look = (): void => { if (connection.iceGatheringState === 'complete') resolve() }
      connection.addEventListener('icegatheringstatechange', look)
      look()
    })
    return JSON.stringify(connection.localDescription)
  }
  Object.assign(globalThis, {
    link,
    connection,
    async offer () {
      await connection.setLocalDescription()
      return await describe()
    },
    async answer (offer: string) {
      await connection.setRemoteDescription(JSON.parse(offer) as RTCSessionDescriptionInit)
      await connection.setLocalDescription()
      return await describe()
    },
    async accept (answer: string) {
      await connection.setRemoteDescription(JSON.parse(answer) as RTCSessionDescriptionInit)
      await isOpen
    }
  })
}
