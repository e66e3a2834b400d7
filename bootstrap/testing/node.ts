/**
 * A real node for tests: real SQLite file, real Fastify on a real port, a clock that tests can turn, codes by a real SMTP server or the
 * inbox. And people with real device keys.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { createNodeApi, type NodeApi } from '../../apps/client/node-api/index.ts'
import type { PassportResponse } from '#shared/http/index.ts'
import { createApp } from '../app.ts'
import { readConfig } from '../config.ts'
import type { App } from '../http.ts'
import { createLog } from '../log.ts'
import type { LimitChanges } from '../limits/index.ts'
import { createMetrics } from '../metrics/index.ts'
import { openServices, type Services } from '../services.ts'
import { openDatabase, type Db } from '../store/database.ts'
import { engineOf } from '../store/engines/index.ts'
import { createStore } from '../store/index.ts'

export interface TestNode {
  readonly app: App
  readonly services: Services
  /** The node's own connection to its database, for what no repository says. */
  readonly db: Db
  readonly origin: string
  readonly dataDir: string
  /** All that was logged so far, at the finest level. */
  readonly logged: () => string
  /** Lets time pass at the node. */
  pass(ms: number): void
  /** Sets the node's clock wrong: it jumps while no time passes. */
  jump(ms: number): void
  stop(): Promise<void>
}

export interface TestNodeOptions {
  environment?: Record<string, string>
  limits?: LimitChanges
  webRoot?: string | null
  /** A folder of a former node; else a fresh one that is removed on stop. */
  dataDir?: string
  /** How far ahead of the real time the node's clock is. */
  clockAheadMs?: number
}

export async function startTestNode ({ environment = {}, limits = {}, webRoot = null, dataDir, clockAheadMs = 0 }: TestNodeOptions = {}): Promise<TestNode> {
  const folder = dataDir ?? await makeFolder()
  const config = readConfig({ PORT: '0', PARLEY_DATA: folder, LOG_LEVEL: 'trace', ...environment })
  let passedMs = 0, jumpedMs = clockAheadMs
  let logged = ''
  const log = createLog(config.logLevel, new Writable({
    write (chunk: Buffer, _encoding, done) {
      logged += chunk.toString()
      done()
    }
  }))
  const opened = Promise.withResolvers<Db>()
  const services = await openServices(config, {
    log, limits, now: () => Date.now() + passedMs + jumpedMs, elapsed: () => performance.now() + passedMs,
    async openMainStore (url, options) {
      const db = await openDatabase(url)
      opened.resolve(db)
      return createStore(db, engineOf(url), options)
    }
  })
  const db = await opened.promise
  const metrics = config.metrics === null ? null : createMetrics({ limiter: services.limiter, relay: () => null })
  const app = await createApp(services, { webRoot, relay: () => null, metrics })
  await app.listen({ host: '127.0.0.1', port: 0 })
  const address = app.server.address()
  if (address === null || typeof address === 'string') throw new Error('the node does not listen')
  services.origins.listening(address.port)
  return {
    app, services, db, dataDir: folder,
    origin: `http://127.0.0.1:${address.port}`,
    logged: () => logged,
    pass (ms) {
      passedMs += ms
    },
    jump (ms) {
      jumpedMs += ms
    },
    async stop () {
      await app.close()
      await services.stop()
      if (dataDir === undefined) await rm(folder, { recursive: true, force: true })
    }
  }
}

export const makeFolder = (): Promise<string> => mkdtemp(join(tmpdir(), 'parley-node-'))

export const createDeviceKey = async (): Promise<CryptoKeyPair> =>
  await crypto.subtle.generateKey('Ed25519', false, ['sign', 'verify'])

export interface Person {
  email: string
  deviceKey: CryptoKeyPair
  api: NodeApi
  /** Asks for a code, reads the inbox, signs in. */
  signIn(): Promise<PassportResponse>
  readCode(): string
}

/** Somebody with a device of their own. Their clock goes with the node's. */
export async function createPerson (node: TestNode, name: string, options: { now?: () => number } = {}): Promise<Person> {
  const email = `${name.toLowerCase()}@example.org`
  const deviceKey = await createDeviceKey()
  const api = createNodeApi({ origin: node.origin, deviceKey, now: options.now ?? (() => node.services.now()) })
  const readCode = (): string => {
    const mail = node.services.mailer.inbox?.find(({ to }) => to === email)
    if (mail === undefined) throw new Error(`no mail for ${email}`)
    return mail.code
  }
  return {
    email, deviceKey, api, readCode,
    async signIn () {
      await api.requestCode(email)
      return api.verifyCode({ email, code: readCode(), deviceLabel: `${name}'s device` })
    }
  }
}
