/**
 * Which protocol this Parley speaks, and the oldest it still understands. Told in `/v1/info` and in each hello, so that two that cannot
 * understand each other say so at once instead of waiting for ever.
 *
 * RULE: raise `version` with any change that the one before would misread, and `minimum` when the one before is no longer understood.
 */
export interface ProtocolRange { version: number, minimum: number }

/** 3: the second law of a room, presence that bears time and count, joining by a link that commits to the room. */
export const PROTOCOL: ProtocolRange = { version: 3, minimum: 3 }
/** Of those from before ranges were told. */
export const FIRST_PROTOCOL: ProtocolRange = { version: 1, minimum: 1 }

export type ProtocolMatch = 'meets' | 'peer-too-old' | 'peer-too-new'

/** Compares two ranges; both sides come to opposite findings, or both to `meets`. */
export function matchProtocol (own: ProtocolRange, peer: ProtocolRange): ProtocolMatch {
  if (peer.version < own.minimum) return 'peer-too-old'
  return own.version < peer.minimum ? 'peer-too-new' : 'meets'
}
