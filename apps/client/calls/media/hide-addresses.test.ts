import { expect, test } from 'vitest'
import { hideInCandidate, hideInDescription } from './hide-addresses.ts'

test('only relayed candidates are told, without the address that the TURN server sees', () => {
  expect(hideInCandidate('candidate:1 1 udp 2122194687 10.0.1.2 38325 typ host generation 0')).toBeNull()
  expect(hideInCandidate('candidate:1 1 udp 1686052607 203.0.113.11 38904 typ srflx raddr 10.0.1.2 rport 38904')).toBeNull()
  expect(hideInCandidate('candidate:2 1 udp 25042943 203.0.113.1 57000 typ relay raddr 203.0.113.11 rport 38904 generation 0 ufrag bEO5'))
    .toBe('candidate:2 1 udp 25042943 203.0.113.1 57000 typ relay raddr 0.0.0.0 rport 0 generation 0 ufrag bEO5')
  expect(hideInCandidate('')).toBe('')
})

test('a description tells no address, and stays one', () => {
  const sdp = [
    'v=0', 'o=- 46117 2 IN IP4 192.168.1.5', 's=-', 't=0 0', 'm=audio 38904 UDP/TLS/RTP/SAVPF 111', 'c=IN IP6 2001:db8::7',
    'a=rtcp:38905 IN IP4 203.0.113.11', 'a=candidate:1 1 udp 2122194687 10.0.1.2 38325 typ host', 'a=ice-ufrag:bEO5', 'm=video 0 UDP/TLS/RTP/SAVPF 96', ''
  ].join('\r\n')
  expect(hideInDescription(sdp)).toBe([
    'v=0', 'o=- 46117 2 IN IP4 127.0.0.1', 's=-', 't=0 0', 'm=audio 9 UDP/TLS/RTP/SAVPF 111', 'c=IN IP4 0.0.0.0', 'a=ice-ufrag:bEO5', 'm=video 0 UDP/TLS/RTP/SAVPF 96', ''
  ].join('\r\n'))
})
