/** Under which addresses this node is known. */
import { isLoopback, type Config } from './config.ts'

export interface Origins {
  /** Origin people use; also the issuer of passports. */
  publicUrl(): string
  /** Whether a proof for this origin is meant for this node. */
  isOurs(origin: string): boolean
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
  return {
    publicUrl,
    isOurs (origin) {
      if (origin === publicUrl()) return true
      if (config.publicUrl !== null) return false
      const url = new URL(origin)
      return isLoopback(url.hostname) && origin === local(url.hostname.replace(/^\[|\]$/g, ''))
    },
    listening (taken) {
      port = taken
    }
  }
}
