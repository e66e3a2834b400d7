/**
 * `/parley/hello/2`: both ends of a new link tell which versions of the protocol they speak and show their passports; each checks the other's
 * against the key that Noise has authenticated. Without a passport a peer is still a peer: what it may do in a room is decided by the room.
 *
 * @example
 *   const heard = await sayHello(stream, { passport, verify: (jwt) => verify(jwt, device) })
 *   if (heard?.match === 'peer-too-old') throw new ParleyError('member-too-old')
 */
import type { PassportClaims } from '#shared/http/passport.ts'
import { matchProtocol, PROTOCOL, type ProtocolMatch, type ProtocolRange } from '#shared/protocol.ts'
import type { FrameStream } from '#shared/wire/frame-stream.ts'
import { decodeHello, encodeFirstHello, encodeHello } from '#shared/wire/hello.ts'

const ANSWER_TIMEOUT_MS = 10_000

export interface HelloOptions {
  /** What this device shows; null when it has none. */
  passport: string | null
  verify: (jwt: string) => Promise<PassportClaims | null>
  /** What this device speaks; default: what this build does. */
  protocol?: ProtocolRange
  /** Speaks as protocol 1 does, to a peer that has no other hello. */
  isFirstForm?: boolean
}

export interface HeardHello { claims: PassportClaims | null, match: ProtocolMatch }

/** The side that opens the stream. Null when the other side says nothing. @throws {WireError} when what it says is not a hello (rejects) */
export async function sayHello (stream: FrameStream, options: HelloOptions): Promise<HeardHello | null> {
  await stream.send(encodeIn(options.isFirstForm ?? false, options))
  const heard = await hear(stream, options)
  await stream.close()
  return heard === null ? null : { claims: heard.claims, match: heard.match }
}

/** The other side: speaks in the form in which it was spoken to. @throws {WireError} when what was said is not a hello (rejects) */
export async function answerHello (stream: FrameStream, options: HelloOptions): Promise<HeardHello | null> {
  const heard = await hear(stream, options)
  await stream.send(encodeIn(heard?.isFirstForm ?? false, options))
  await stream.close()
  return heard === null ? null : { claims: heard.claims, match: heard.match }
}

const encodeIn = (isFirstForm: boolean, { passport, protocol = PROTOCOL }: HelloOptions): Uint8Array<ArrayBuffer> =>
  isFirstForm ? encodeFirstHello(passport) : encodeHello(passport, protocol)

async function hear (stream: FrameStream, { verify, protocol: own = PROTOCOL }: HelloOptions): Promise<(HeardHello & { isFirstForm: boolean }) | null> {
  const frame = await stream.receive({ timeoutMs: ANSWER_TIMEOUT_MS })
  if (frame === null) return null
  const { passport, protocol, isFirstForm } = decodeHello(frame)
  return { claims: passport === null ? null : await verify(passport), match: matchProtocol(own, protocol), isFirstForm }
}
