/**
 * The node as a process: reads the environment, opens the services, listens, says that it is ready, and stops on a signal. Everything it
 * needs at run time is in this bundle and, beside it, the built web client in `web/`.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Logger } from 'pino'
import { createApp } from './app.ts'
import { createClientAddress } from './client-address.ts'
import { ConfigError, readConfig } from './config.ts'
import { createLog } from './log.ts'
import { createMailbox, type Mailbox } from './mailbox/index.ts'
import { createMetrics } from './metrics/index.ts'
import { serveMetrics } from './metrics/route.ts'
import { openServices } from './services.ts'
import { createRelay, type Relay } from './relay/index.ts'

interface Running { stop: () => Promise<void>, log: Logger }

/** The first with all that is used here; `target` in scripts/lib/builds.ts is the same. */
const NODE_MIN_MAJOR = 24
/** Longer than any request; after it the process ends anyway. */
const STOP_TIMEOUT_MS = 10_000

/** Beside the bundle (`dist/web`), else where the checkout builds it, seen from `bootstrap/` and from `bootstrap/dist/`. */
function findWebRoot (): string | null {
  const candidates = ['web', '../out/web', '../../out/web'].map((path) => join(import.meta.dirname, path))
  return candidates.find((path) => existsSync(join(path, 'index.html'))) ?? null
}

/** @throws {ConfigError} on a Node that lacks what this needs. */
function assertNode (): void {
  if (Number(process.versions.node.split('.')[0]) < NODE_MIN_MAJOR) {
    throw new ConfigError(`It needs Node ${NODE_MIN_MAJOR} or newer, and this is ${process.version} (${process.execPath}).`)
  }
}

async function start (): Promise<Running> {
  assertNode()
  const config = readConfig(process.env)
  const log = createLog(config.logLevel)
  const services = await openServices(config, { log })
  let relay: Relay | null = null
  let mailbox: Mailbox | null = null
  const metrics = config.metrics === null ? null : createMetrics({ limiter: services.limiter, relay: () => relay })
  let stopMetrics: (() => Promise<void>) | null = null
  const app = await createApp(services, { webRoot: findWebRoot(), relay: () => relay, metrics })

  let stopping: Promise<void> | null = null
  const stop = (): Promise<void> => stopping ??= (async () => {
    log.info('stopping')
    await mailbox?.stop()
    await relay?.stop()
    await stopMetrics?.()
    await app.close()
    await services.stop()
  })()

  try {
    await app.listen({ host: config.host, port: config.port })
    const address = app.server.address()
    if (address !== null && typeof address === 'object') services.origins.listening(address.port)
    relay = await createRelay({
      dataDir: config.dataDir,
      httpServer: app.server,
      publicUrl: () => services.origins.publicUrl(),
      verifyPassport: (jwt, device) => services.passports.verifyOf(jwt, device),
      limiter: services.limiter,
      clientAddress: createClientAddress(config.trustedProxies),
      mayConnectFrom: (origin) => services.origins.mayCall(origin),
      log
    })
    services.onRevoked((id) => relay?.signOut(id))
    mailbox = await createMailbox({
      store: services.mailboxStore, disk: services.disk, relay, limiter: services.limiter, log, ...services.clock,
      ...metrics === null ? {} : { onGossipDropped: (reason) => metrics.onGossipDropped(reason) }
    })
    if (metrics !== null && config.metrics !== null && config.metrics.port !== null) {
      const { host, port, token } = config.metrics
      const served = await serveMetrics({ metrics, host, port, token, log })
      stopMetrics = served.stop
      log.info({ host, port: served.port }, 'metrics are served')
    }
  } catch (error) {
    await stop()
    throw error
  }
  // Not awaited: a node whose mail server is away serves everyone who is signed in.
  services.mailer.tryOut().catch(() => {})
  process.stdout.write(`Parley node ready at ${services.origins.publicUrl()}\n`)
  return { stop, log }
}

const FOLDER_TROUBLE: Readonly<Record<string, string | undefined>> = {
  ENOTDIR: 'a part of that path is no folder', EEXIST: 'it is no folder', EROFS: 'that disk can only be read', ENOSPC: 'that disk is full',
  EISDIR: 'it is a folder where a file belongs'
}

/** A sentence for what the person who starts the node can mend; a stack for what they cannot. */
function explain (error: unknown): string {
  if (error instanceof ConfigError) return error.message
  const { code, path } = error as NodeJS.ErrnoException
  if (code === 'EADDRINUSE') return 'The port is in use by another program: stop it, or choose another with PORT=8081.'
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') return 'HOST is no address of this machine: use one that it has, or HOST=127.0.0.1.'
  const folder = code === undefined || path === undefined ? undefined : FOLDER_TROUBLE[code]
  if (folder !== undefined) return `Nothing can be kept in ${path}: ${folder}. Choose another folder with PARLEY_DATA.`
  if (code === 'EACCES' || code === 'EPERM') return `No permission${path === undefined ? ' for the port: choose one above 1023 with PORT=8080' : ` for ${path}: choose another folder with PARLEY_DATA`}.`
  return error instanceof Error ? error.stack ?? error.message : String(error)
}

/**
 * Ends the process on a signal, and after an error that nothing caught. Such an error is a bug that may have left something half done, so the node
 * finishes what is going on, as on a signal, and exits with 1: a supervisor starts it again.
 * RULE: input of others never gets that far. Where it does, the boundary that let it through is to be mended.
 */
function endOn ({ stop, log }: Running): void {
  let exitCode: 0 | 1 | null = null
  const end = (code: 0 | 1): void => {
    const isEnding = exitCode !== null
    exitCode = exitCode === 1 ? 1 : code
    if (isEnding) return
    setTimeout(() => process.exit(1), STOP_TIMEOUT_MS).unref()
    stop().then(() => process.exit(exitCode ?? 1), () => process.exit(1))
  }
  const onSignal = (): void => {
    if (exitCode !== null) process.exit(1)
    end(0)
  }
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal)
  // Rejections that nobody handles come here too.
  process.on('uncaughtException', (error, origin) => {
    log.fatal({ err: error, origin }, 'nothing caught an error: the node stops')
    end(1)
  })
}

try {
  endOn(await start())
} catch (error) {
  process.stderr.write(`Parley cannot start.\n${explain(error)}\n`)
  process.exit(1)
}
