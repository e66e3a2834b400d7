/** What may be told to somebody from whom this device hides its address: the TURN server's address, and nothing that a candidate tells besides. */

/** Null when the candidate must not be sent. The related address of a relayed one is the address as the TURN server sees it. */
export function hideInCandidate (candidate: string): string | null {
  if (candidate === '') return candidate
  if (!/ typ relay(?: |$)/.test(candidate)) return null
  return candidate.replace(/ raddr \S+/, ' raddr 0.0.0.0').replace(/ rport \d+/, ' rport 0')
}

/** Candidates are told one by one: a description needs none, and no address of its own. */
export function hideInDescription (sdp: string): string {
  return sdp
    .replace(/^a=(?:candidate:|rtcp:).*\r?\n/gm, '')
    .replace(/^c=IN .*$/gm, 'c=IN IP4 0.0.0.0')
    .replace(/^o=(\S+ \S+ \S+) IN \S+ \S+$/gm, 'o=$1 IN IP4 127.0.0.1')
    .replace(/^(m=\w+) [1-9]\d* /gm, '$1 9 ')
}
