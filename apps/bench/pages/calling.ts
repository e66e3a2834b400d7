/** Calls of a page that is nothing but the client: when media of others is there, and what a call leaves behind. */
import type { Call, Client, Participant, Room } from '#client'
import { countMedia, type Counted } from '../../e2e/harness/count-media.ts'
import { until } from '../../friend/until.ts'

export interface CallingPage {
  /** Opens the client of this profile again after a reload, and waits for its room and its calls. */
  reopen(): Promise<void>
  /** Joins the call, and answers how long it takes from there until each of so many others is heard, and seen where they send a picture. */
  joinCall(others: number, options: { camera: boolean }): Promise<{ audioMs: number, videoMs: number | null }>
  leaveCall(): Promise<void>
  /** Joins and leaves so many times, each time until media flows. */
  callAgainAndAgain(times: number): Promise<void>
  /** Searches all paths anew, as after a sleep. @returns ms until each connection has one */
  restartPaths(): Promise<number>
  /** Peer connections and tracks that are not closed or ended. */
  leftovers(): Promise<{ connections: number, tracks: number }>
}

const CALL_TIMEOUT_MS = 60_000
countMedia()
const { connections, tracks } = (globalThis as unknown as { counted: Counted }).counted

export function callingPage (client: Client, room: () => Room, wake: () => void, setRoom: (room: Room | null) => void): CallingPage {
  const calls = async (): Promise<NonNullable<Client['calls']['value']>> => {
    const there = await until(client.calls, (value) => value !== null, { timeoutMs: CALL_TIMEOUT_MS })
    if (there === null) throw new Error('this page has no calls')
    return there
  }
  const others = (participants: readonly Participant[]): Participant[] => participants.filter(({ isMe }) => !isMe)
  const current = async (): Promise<Call> => {
    const call = (await calls()).current.value
    if (call === null) throw new Error('this page is in no call')
    return call
  }
  const page: CallingPage = {
    async reopen () {
      await client.start()
      const rooms = await until(client.rooms, (value) => (value?.length ?? 0) > 0, { timeoutMs: CALL_TIMEOUT_MS })
      setRoom(client.room(rooms![0]!.tag))
      await calls()
    },
    async joinCall (count, { camera }) {
      const from = await calls()
      await until(from.running, (running) => (running.get(room().tag)?.participants.length ?? 0) === count, { timeoutMs: CALL_TIMEOUT_MS })
      const startedAt = performance.now()
      const call = from.join(room().tag, { camera })
      await until(from.current, (value) => value !== null, { timeoutMs: CALL_TIMEOUT_MS })
      const { participants } = await current()
      const heard = until(participants, (all) => others(all).length === count && others(all).every(({ voice }) => voice !== null), { timeoutMs: CALL_TIMEOUT_MS })
        .then(async (all) => await Promise.all(others(all).map(async ({ voice }) => await untilUnmuted(voice))))
        .then(() => performance.now() - startedAt)
      const seen = !camera
        ? Promise.resolve(null)
        : until(participants, (all) => others(all).length === count && others(all).every(({ video }) => video !== null), { timeoutMs: CALL_TIMEOUT_MS })
            .then(async (all) => await Promise.all(others(all).map(async ({ video }) => await untilDrawn(video))))
            .then(() => performance.now() - startedAt)
      const [audioMs, videoMs] = await Promise.all([heard, seen])
      await call
      return { audioMs, videoMs }
    },
    async leaveCall () { (await current()).leave() },
    async callAgainAndAgain (times) {
      for (let n = 0; n < times; n++) {
        await page.joinCall(1, { camera: false })
        await page.leaveCall()
      }
    },
    async restartPaths () {
      const open = [...connections]
      const before = new Map(open.map((one) => [one, ufragOf(one)]))
      const startedAt = performance.now()
      wake()
      while (!open.every((one) => one.signalingState === 'stable' && one.iceConnectionState !== 'checking' && one.connectionState === 'connected' && ufragOf(one) !== before.get(one))) {
        await new Promise((resolve) => setTimeout(resolve, 5))
      }
      return performance.now() - startedAt
    },
    leftovers: () => Promise.resolve({
      connections: connections.size,
      tracks: [...tracks].filter((track) => track.deref()?.readyState === 'live').length
    })
  }
  return page
}

const ufragOf = (connection: RTCPeerConnection): string => /a=ice-ufrag:(\S+)/.exec(connection.remoteDescription?.sdp ?? '')?.[1] ?? ''

/** The browser unmutes a track of somebody else with its first packet. */
async function untilUnmuted (stream: MediaStream | null): Promise<void> {
  const [track] = stream?.getAudioTracks() ?? []
  if (track === undefined) throw new Error('there is no sound')
  if (track.muted) await new Promise((resolve) => track.addEventListener('unmute', resolve, { once: true }))
}

async function untilDrawn (stream: MediaStream | null): Promise<void> {
  const video = document.createElement('video')
  Object.assign(video, { muted: true, autoplay: true, srcObject: stream })
  document.body.append(video)
  await new Promise((resolve) => video.requestVideoFrameCallback(resolve))
  video.srcObject = null
  video.remove()
}
