/**
 * `/parley/hello/1`: both ends of a new link show their passports; each checks the other's against the key that Noise has authenticated.
 * Without a passport a peer is still a peer: what it may do in a room is decided by the room.
 *
 * @example
 *   const claims = await sayHello(stream, myPassport, (jwt) => verify(jwt, device))
 */
import type { PassportClaims } from '#shared/http/passport.ts'
import type { FrameStream } from '#shared/wire/frame-stream.ts'
import { decodeHello, encodeHello } from '#shared/wire/hello.ts'

const ANSWER_TIMEOUT_MS = 10_000

type Verify = (jwt: string) => Promise<PassportClaims | null>

/** The side that opens the stream. @throws {WireError} when the answer is not a hello (rejects) */
export async function sayHello (stream: FrameStream, passport: string | null, verify: Verify): Promise<PassportClaims | null> {
  await stream.send(encodeHello(passport))
  const claims = await hear(stream, verify)
  await stream.close()
  return claims
}

/** The other side. @throws {WireError} when what was said is not a hello (rejects) */
export async function answerHello (stream: FrameStream, passport: string | null, verify: Verify): Promise<PassportClaims | null> {
  const claims = await hear(stream, verify)
  await stream.send(encodeHello(passport))
  await stream.close()
  return claims
}

async function hear (stream: FrameStream, verify: Verify): Promise<PassportClaims | null> {
  const frame = await stream.receive({ timeoutMs: ANSWER_TIMEOUT_MS })
  if (frame === null) return null
  const { passport } = decodeHello(frame)
  return passport === null ? null : await verify(passport)
}
