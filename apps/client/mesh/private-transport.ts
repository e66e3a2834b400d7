/**
 * Direct links, except to those from whom this device hides its address: a WebRTC handshake, asked for or answered, carries addresses. They are
 * neither dialled nor answered; what they and this device have to say to each other goes by the node's relay.
 */
import type { PeerId } from '@libp2p/interface'
import { peerIdFromString } from '@libp2p/peer-id'
import type { webRTC } from '@libp2p/webrtc'

/** @see https://github.com/libp2p/specs/blob/master/webrtc/webrtc.md#signaling-protocol */
export const WEBRTC_SIGNALING_PROTOCOL = '/webrtc-signaling/0.0.1'

type WebRtcTransport = ReturnType<typeof webRTC>
type Handle = Parameters<WebRtcTransport>[0]['registrar']['handle']

export function privateTransport (create: WebRtcTransport, { isHiddenFrom, mayShakeHands }: {
  isHiddenFrom: (peer: PeerId) => boolean
  /** Asked once for each handshake that a peer begins. */
  mayShakeHands: (peer: PeerId) => boolean
}): WebRtcTransport {
  return (components) => {
    const { registrar } = components
    const handle: Handle = async (protocol, handler, options) => await registrar.handle(protocol, protocol !== WEBRTC_SIGNALING_PROTOCOL ? handler : (stream, connection) => {
      if (isHiddenFrom(connection.remotePeer) || !mayShakeHands(connection.remotePeer)) stream.abort(new Error('no direct links'))
      else return handler(stream, connection)
    }, options)
    const guarded = new Proxy(registrar, {
      get (target, name) {
        const value: unknown = name === 'handle' ? handle : Reflect.get(target, name, target)
        return typeof value === 'function' && name !== 'handle' ? value.bind(target) as unknown : value
      }
    })
    const transport = create(Object.create(components, { registrar: { value: guarded } }) as typeof components)
    const dial = transport.dial.bind(transport)
    transport.dial = async (address, options) => {
      const peer = /\/p2p\/([^/]+)$/.exec(address.toString())?.[1]
      if (peer === undefined || isHiddenFrom(peerIdFromString(peer))) throw new Error('no direct links')
      return await dial(address, options)
    }
    return transport
  }
}
