/**
 * The node as a process: reads the environment, opens the services, listens, says that it is ready, and stops on a signal. Everything it
 * needs at run time is in this bundle and, beside it, the built web client in `web/`.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { createApp } from './app.ts'
import { ConfigError, readConfig, sizeLimit } from './config.ts'
import { createLog } from './log.ts'
import { createMailbox, type Mailbox } from './mailbox/index.ts'
import { openServices } from './services.ts'
import { createRelay, type Relay } from './relay/index.ts'

interface Stoppable { stop(): Promise<void> }

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

async function start (): Promise<Stoppable> {
  assertNode()
  const config = readConfig(process.env)
  const log = createLog(config.logLevel)
  const services = await openServices(config, { log })
  let relay: Relay | null = null
  let mailbox: Mailbox | null = null
  const app = await createApp(services, { webRoot: findWebRoot(), relay: () => relay })

  let stopping: Promise<void> | null = null
  const stop = (): Promise<void> => stopping ??= (async () => {
    log.info('stopping')
    await mailbox?.stop()
    await relay?.stop()
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
      log
    })
    mailbox = await createMailbox({
      db: services.db, disk: services.disk, relay, log, ...services.clock,
      quotaBytes: sizeLimit(config, 'mailbox-bytes'), quotaRows: sizeLimit(config, 'mailbox-rows')
    })
  } catch (error) {
    await stop()
    throw error
  }
  // Not awaited: a node whose mail server is away serves everyone who is signed in.
  services.mailer.tryOut().catch(() => {})
  process.stdout.write(`Parley node ready at ${services.origins.publicUrl()}\n`)
  return { stop }
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

function endOn (node: Stoppable): void {
  let signalled = false
  const end = (): void => {
    if (signalled) process.exit(1)
    signalled = true
    setTimeout(() => process.exit(1), STOP_TIMEOUT_MS).unref()
    node.stop().then(() => process.exit(0), () => process.exit(1))
  }
  process.on('SIGINT', end).on('SIGTERM', end)
}

try {
  endOn(await start())
} catch (error) {
  process.stderr.write(`Parley cannot start.\n${explain(error)}\n`)
  process.exit(1)
}
