import fc from 'fast-check'
import { expect, test } from 'vitest'
import { WireError } from '#shared/wire/cbor.ts'
import { checkSections, preferSparseSpeech } from './description.ts'
import { hideInCandidate, hideInDescription } from './hide-addresses.ts'

const OURS = ['v=0', 'm=audio 9 UDP/TLS/RTP/SAVPF 111', 'a=rtpmap:111 opus/48000/2', 'a=fmtp:111 minptime=10;useinbandfec=0', 'm=video 9 x 96', 'm=video 9 x 96', 'm=audio 9 x 111', ''].join('\r\n')

test('our four sections are taken, and the first two of them; another order, number or kind is not', () => {
  const two = ['v=0', 'm=audio 9 x 111', 'm=video 9 x 96', ''].join('\r\n')
  for (const ours of [OURS, two]) expect(() => checkSections(ours)).not.toThrow()
  for (const other of ['', 'm=audio 9 x 111', two + 'm=video 9 x 96', two + 'm=application 9 UDP/DTLS/SCTP webrtc-datachannel', OURS + 'm=application 9 UDP/DTLS/SCTP webrtc-datachannel', OURS + 'm=audio 9 x 111', OURS.replace('m=audio', 'm=video')]) {
    expect(() => checkSections(other)).toThrow(WireError)
  }
})

test('speech is asked to be sparse and repairable, and nothing else changes', () => {
  expect(preferSparseSpeech(OURS)).toBe(OURS.replace('useinbandfec=0', 'useinbandfec=1;usedtx=1'))
  expect(preferSparseSpeech('v=0')).toBe('v=0')
})

test('whatever somebody sends as a description or a candidate is refused by name or goes through, and quickly', () => {
  const line = fc.oneof(fc.string(), fc.constantFrom('m=audio 9 x 111', 'm=video 9 x 96', 'a=rtpmap:1 opus/48000', 'a=fmtp:1 ', 'a=candidate:', 'c=IN IP4 ', ' typ relay raddr ', ';'.repeat(2000), '='.repeat(2000)))
  fc.assert(fc.property(fc.array(line, { maxLength: 40 }), (lines) => {
    const text = lines.join('\r\n')
    preferSparseSpeech(text)
    hideInDescription(text)
    hideInCandidate(text)
    try {
      checkSections(text)
    } catch (error) {
      expect(error).toBeInstanceOf(WireError)
    }
  }))
})
