/** Descriptions (SDP) of a media connection: which sections they have, and what is asked of the codecs. */
import { WireError } from '#shared/wire/cbor.ts'

/** In the order of the sections. */
export const SECTIONS = ['microphone', 'camera', 'screen', 'screenSound'] as const
export type Section = (typeof SECTIONS)[number]
/** What the first description has: each section costs both browsers some milliseconds until the first voice is heard. */
export const FIRST_SECTIONS = SECTIONS.slice(0, 2)
export const KIND_OF: Record<Section, 'audio' | 'video'> = { microphone: 'audio', camera: 'video', screen: 'video', screenSound: 'audio' }

/**
 * RULE: a description has our four sections or the first two of them, in their order and nothing else: no data channel, no track that nobody sees.
 * @throws {WireError}
 */
export function checkSections (sdp: string): void {
  const kinds = [...sdp.matchAll(/^m=(\w+) /gm)].map(([, kind]) => kind)
  if (![FIRST_SECTIONS, SECTIONS].some((sections) => kinds.join() === sections.map((section) => KIND_OF[section]).join())) throw new WireError('other-sections')
}

/** Asks the other side's Opus to send nothing during silence and to carry what repairs a lost packet. @see RFC 7587 section 6.1 */
export function preferSparseSpeech (sdp: string): string {
  const opus = /^a=rtpmap:(\d+) opus\/48000/m.exec(sdp)?.[1]
  if (opus === undefined) return sdp
  return sdp.replaceAll(new RegExp(`^(a=fmtp:${opus} )(.*)$`, 'gm'), (_line, start: string, values: string) => {
    const kept = values.split(';').filter((value) => !/^\s*(?:usedtx|useinbandfec)=/.test(value))
    return start + [...kept, 'useinbandfec=1', 'usedtx=1'].join(';')
  })
}
