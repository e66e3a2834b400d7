/**
 * Decides who is on this machine. Everything that a caller may write into a request is a reason to say no and never one to say yes.
 */
import { isLoopback } from './config.ts'

/** The part of a request that is looked at. */
export interface Callers {
  /** Of Node itself, not as Fastify reads it: `request.hostname` and `request.ip` believe forwarded headers of a proxy on this machine. */
  raw: { headers: Readonly<Record<string, string | string[] | undefined>>, socket: { remoteAddress?: string | undefined } }
}

/** Headers by which proxies and tunnels say for whom they ask. */
const FORWARDING = /^(?:x-forwarded|forwarded$|via$|x-real-ip$|x-original|x-client-ip$|true-client-ip$|cf-|fly-|x-cluster-client-ip$)/

/**
 * True for a request that a program of this machine made to this machine: the connection comes from loopback, it asks for a loopback name
 * (a page of another site that points its own name here asks for that name), and no proxy passed it on.
 */
export function isLocalCaller ({ raw: { headers, socket } }: Callers): boolean {
  const address = socket.remoteAddress?.replace(/^::ffff:/i, '') ?? ''
  const host = typeof headers['host'] === 'string' ? URL.parse(`http://${headers['host']}`)?.hostname : undefined
  return isLoopback(address) && host !== undefined && isLoopback(host) && !Object.keys(headers).some((name) => FORWARDING.test(name))
}
