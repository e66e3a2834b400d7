/**
 * The media connection to one device: an `RTCPeerConnection` with four sections in a fixed order, whose tracks are exchanged without
 * changing the description: the first offer describes two of them, so that voices are heard soon, and the second all of them. What comes in from the
 * other side is checked before the browser gets it.
 */
import { toHex } from '#shared/ids.ts'
import { WireError } from '#shared/wire/cbor.ts'
import { SESSION_BYTES, type CallMessage } from '../../protocols/call/index.ts'
import { checkSections, FIRST_SECTIONS, KIND_OF, preferSparseSpeech, SECTIONS, type Section } from './description.ts'
import { hideInCandidate, hideInDescription } from './hide-addresses.ts'

/** More than any host has interfaces and servers; the rest is refused. */
const CANDIDATES_MAX = 100

export { SECTIONS, type Section } from './description.ts'

export type Tracks = Record<Section, MediaStreamTrack | null>

export interface MediaConnection {
  /** Names this connection on both ends. */
  readonly session: string
  readonly pc: RTCPeerConnection
  readonly isRelayOnly: boolean
  /** Tracks of the other side, there from the first description on; muted until something comes. */
  readonly remote: Readonly<Record<Section, MediaStreamTrack | null>>
  /** Where messages go; changes when the stream is opened again. */
  attach(send: (message: CallMessage) => void): void
  /** @throws {WireError} when the other side is at fault (rejects) */
  handle(message: CallMessage): Promise<void>
  replace(section: Section, track: MediaStreamTrack | null): Promise<void>
  /** Takes other servers, or hides from now on; looks for another path when that changes anything. */
  useServers(servers: Pick<MediaConnectionOptions, 'iceServers' | 'isRelayOnly'>): Promise<void>
  /** Describes the sections that the first description leaves out, where this end makes the offers. Idempotent. */
  describeAll(): Promise<void>
  /** Says an offer again that has no answer, since the stream has been lost meanwhile. */
  offerAgain(): Promise<void>
  /** Looks for another path; asks the other side to, where that one makes the offers. */
  restart(): Promise<void>
  close(): void
}

export interface MediaConnectionOptions {
  offers: boolean
  iceServers: RTCIceServer[]
  /** Only through a TURN server, so that the other side learns no address of this device. */
  isRelayOnly: boolean
  tracks: Tracks
  send: (message: CallMessage) => void
  onState: (state: 'connected' | 'disconnected' | 'failed') => void
  onTrack: () => void
}

export async function createMediaConnection (options: MediaConnectionOptions): Promise<MediaConnection> {
  const { offers, onState, onTrack } = options
  let { send } = options
  let servers: Pick<MediaConnectionOptions, 'iceServers' | 'isRelayOnly'> = options
  const configuration = (): RTCConfiguration =>
    ({ iceServers: servers.iceServers, iceTransportPolicy: servers.isRelayOnly ? 'relay' : 'all', bundlePolicy: 'max-bundle' })
  const pc = new RTCPeerConnection(configuration())
  const tracks = { ...options.tracks }
  const remote: Record<Section, MediaStreamTrack | null> = { microphone: null, camera: null, screen: null, screenSound: null }
  let session = offers ? toHex(crypto.getRandomValues(new Uint8Array(SESSION_BYTES))) : ''
  let round = 0
  let candidates = 0
  /** Candidates may overtake the description they belong to. */
  let early: RTCIceCandidateInit[] = []
  let isClosed = false

  pc.addEventListener('icecandidate', ({ candidate }) => {
    if (candidate === null) return
    // The browser gathers none but relayed ones then; that it told another is nothing to rely on.
    const told = servers.isRelayOnly ? hideInCandidate(candidate.candidate) : candidate.candidate
    if (told !== null) send({ type: 'candidate', candidate: told, mid: candidate.sdpMid ?? '' })
  })
  pc.addEventListener('connectionstatechange', () => {
    const state = pc.connectionState
    if (state === 'connected' || state === 'disconnected' || state === 'failed') onState(state)
  })
  // A search for another path may end without the connection ever having said that it lost the one before.
  let watched: RTCIceTransport | null = null
  pc.addEventListener('signalingstatechange', () => {
    const transport = pc.getSenders()[0]?.transport?.iceTransport ?? null
    if (pc.signalingState !== 'stable' || transport === watched) return
    watched = transport
    transport?.addEventListener('selectedcandidatepairchange', () => { if (pc.connectionState === 'connected' && isOnNewestPath(pc, transport)) onState('connected') })
  })
  pc.addEventListener('track', ({ transceiver, track }) => {
    const section = SECTIONS[pc.getTransceivers().indexOf(transceiver)]
    if (section === undefined) return
    remote[section] = track
    onTrack()
  })

  const mySdp = (): string => {
    const sdp = pc.localDescription?.sdp ?? ''
    return servers.isRelayOnly ? hideInDescription(sdp) : sdp
  }

  const senderOf = (section: Section): RTCRtpSender | undefined => pc.getTransceivers()[SECTIONS.indexOf(section)]?.sender

  const add = (sections: readonly Section[]): void => {
    for (const section of sections) pc.addTransceiver(tracks[section] ?? KIND_OF[section], { direction: 'sendrecv' })
  }

  const offer = async (iceRestart: boolean): Promise<void> => {
    if (iceRestart) pc.restartIce()
    await pc.setLocalDescription()
    round++
    candidates = 0
    send({ type: 'offer', round, session, sdp: mySdp() })
  }

  const describe = async (type: 'offer' | 'answer', sdp: string): Promise<void> => {
    checkSections(sdp)
    try {
      await pc.setRemoteDescription({ type, sdp: preferSparseSpeech(sdp) })
    } catch (cause) {
      if (isClosed) return
      throw new WireError('bad-description', { cause })
    }
    for (const candidate of early.splice(0)) await addCandidate(candidate)
  }

  const addCandidate = async (candidate: RTCIceCandidateInit): Promise<void> => {
    if (++candidates > CANDIDATES_MAX) throw new WireError('too-many-candidates')
    try {
      await pc.addIceCandidate(candidate)
    } catch (cause) {
      // A candidate of an earlier round is late, not wrong.
      if (!isClosed && round <= 1) throw new WireError('bad-candidate', { cause })
    }
  }

  const answer = async (): Promise<void> => {
    if (isClosed) return
    for (const transceiver of pc.getTransceivers()) transceiver.direction = 'sendrecv'
    await Promise.all([...SECTIONS.map(async (section) => await senderOf(section)?.replaceTrack(tracks[section])), pc.setLocalDescription()])
    send({ type: 'answer', round, sdp: mySdp() })
  }

  const restart = async (): Promise<void> => {
    if (isClosed) return
    if (!offers) { send({ type: 'restart' }); return }
    // An offer that was never answered is taken back by the next one.
    await offer(true)
  }

  if (offers) {
    add(FIRST_SECTIONS)
    await offer(false)
  }

  return {
    get session () { return session },
    pc,
    get isRelayOnly () { return servers.isRelayOnly },
    remote,
    attach (next) { send = next },
    async handle (message) {
      if (isClosed) return
      switch (message.type) {
        case 'offer':
          if (offers || message.round <= round || (session !== '' && message.session !== session)) throw new WireError('unexpected-call-message')
          round = message.round
          session = message.session
          candidates = 0
          await describe('offer', message.sdp)
          await answer()
          return
        case 'answer':
          if (!offers || message.round !== round || pc.signalingState !== 'have-local-offer') return
          await describe('answer', message.sdp)
          return
        case 'candidate': {
          const candidate = { candidate: message.candidate, sdpMid: message.mid }
          if (pc.remoteDescription === null) early = [...early, candidate].slice(-CANDIDATES_MAX)
          else await addCandidate(candidate)
          return
        }
        case 'restart':
          if (offers && pc.signalingState === 'stable') await offer(true)
          return
        default:
      }
    },
    async replace (section, track) {
      tracks[section] = track
      await senderOf(section)?.replaceTrack(track)
    },
    async useServers (next) {
      if (isClosed || (next.isRelayOnly === servers.isRelayOnly && JSON.stringify(next.iceServers) === JSON.stringify(servers.iceServers))) return
      servers = { iceServers: next.iceServers, isRelayOnly: next.isRelayOnly }
      pc.setConfiguration(configuration())
      await restart()
    },
    async describeAll () {
      const missing = SECTIONS.slice(pc.getTransceivers().length)
      if (isClosed || !offers || missing.length === 0) return
      add(missing)
      await offer(false)
    },
    async offerAgain () {
      if (!isClosed && offers && pc.signalingState === 'have-local-offer') await offer(false)
    },
    restart,
    close () {
      isClosed = true
      pc.close()
    }
  }
}

/** Whether media takes a path that was found by the last search, and not what is left of the one before. */
function isOnNewestPath (pc: RTCPeerConnection, transport: RTCIceTransport): boolean {
  const fragment = /^a=ice-ufrag:(\S+)/m.exec(pc.localDescription?.sdp ?? '')?.[1]
  return transport.getSelectedCandidatePair()?.local.usernameFragment === fragment
}
