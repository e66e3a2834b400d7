/** Under which addresses this node is known, and from which origins it is used. */
import { isLoopback, type Config } from './config.ts'

/** Of the installed app. Its scheme is fixed. */
export const DESKTOP_ORIGIN = 'parley-app://app'

export interface Origins {
  /** Origin people use; also the issuer of passports. */
  publicUrl(): string
  /** Whether a proof for this origin is meant for this node. */
  isOurs(origin: string): boolean
  /** Whether pages of an origin may use this node from a browser: its own, and the desktop app's. */
  mayCall(origin: string): boolean
  /** Tells the port that was really taken, when `PORT=0`. */
  listening(port: number): void
}

/**
 * The `Host` header is not asked: another server could then pass on proofs that were made for itself. Only a node that nobody but this
 * machine reaches answers to every loopback name.
 */
export function createOrigins (config: Config): Origins {
  let port = config.port
  const local = (host: string): string => new URL(`http://${host.includes(':') ? `[${host}]` : host}:${port}`).origin
  const publicUrl = (): string => config.publicUrl ?? local(config.host)
  const isOurs = (origin: string): boolean => {
    if (origin === publicUrl()) return true
    if (config.publicUrl !== null) return false
    const url = URL.parse(origin)
    return url !== null && isLoopback(url.hostname) && origin === local(url.hostname.replace(/^\[|\]$/g, ''))
  }
  return {
    publicUrl,
    isOurs,
    mayCall: (origin) => origin === DESKTOP_ORIGIN || isOurs(origin),
    listening (taken) {
      port = taken
    }
  }
}
