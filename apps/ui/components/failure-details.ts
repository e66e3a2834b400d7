import type { Failure } from './error-boundary.tsx'

/** The addresses of rooms and links are secret: nothing after the origin of an address is copied. */
const ADDRESS_PATHS = /(https?:\/\/[^\s/)]+)\/(?!assets\/)[^\s):]*/g
/** A stack of this many characters says enough. */
const STACK_MAX_CHARS = 4000

/** What is copied for those who look into it, in the same words in every language. */
export function failureDetails (part: string, { error, componentStack }: Failure, { at = Date.now(), agent = navigator.userAgent }: { at?: number, agent?: string } = {}): string {
  const thrown = error instanceof Error ? error.stack ?? `${error.name}: ${error.message}` : String(error)
  // In some engines the stack does not begin with what was thrown.
  const name = error instanceof Error && !thrown.includes(error.message) ? `${error.name}: ${error.message}\n` : ''
  return `Parley, ${part}, ${new Date(at).toISOString()}\n${agent}\n\n${name}${thrown.slice(0, STACK_MAX_CHARS)}\n${componentStack.slice(0, STACK_MAX_CHARS)}`
    .replaceAll(ADDRESS_PATHS, '$1/…').trimEnd()
}
