/**
 * Whether a text is the bare origin of a node that the desktop may talk to: https anywhere, http only on this machine, since a secure
 * page may not load from plain http elsewhere and nobody should sign in over it.
 */
export function isNodeOrigin (text: string): boolean {
  if (!URL.canParse(text)) return false
  const url = new URL(text)
  if (url.origin !== text) return false
  if (url.protocol === 'https:') return true
  return url.protocol === 'http:' && /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(url.hostname)
}
