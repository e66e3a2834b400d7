/** Types that the app, its plugins and its routes share. */
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { FastifyBaseLogger, FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'

export type App = FastifyInstance<Server, IncomingMessage, ServerResponse, FastifyBaseLogger, ZodTypeProvider>

/** What HTTP tells of the relay. */
export interface RelayInfo {
  peerId: string
  multiaddrs(): string[]
  /** False when it takes no connections. */
  isListening(): boolean
}
