/**
 * Everything the node is made of below HTTP: database, secret, keys, codes, mail. Opened once at boot, passed to the app, the relay and the
 * mailbox.
 *
 * @example
 * const services = await openServices(readConfig(process.env), { log })
 * const app = await createApp(services, { webRoot, relay: () => relay })
 * services.passports.verifyOf(jwt, deviceKey)   // claims or null; for the relay and the mailbox
 * services.devices.listOf(accountId)            // repositories of the database; nothing here sees its SQL
 */
import type { Logger } from 'pino'
import { createProofChecker, type ProofChecker } from './auth/dpop.ts'
import { createAskers } from './auth/askers.ts'
import { createSignInCodes, type SignInCodes } from './auth/codes.ts'
import { createRegistration, type Registration } from './auth/registration.ts'
import { createPassports, type Passports } from './auth/passports.ts'
import { createProofs } from './auth/proofs.ts'
import { createKeyRing, type KeyRing } from './auth/signing-keys.ts'
import { createClock, type Clock, type ClockOptions } from './clock.ts'
import { ConfigError, type Config } from './config.ts'
import { createDisk, type Disk } from './disk/index.ts'
import { openFolder, type DataFolder } from './folder/index.ts'
import { fitDescriptors, readDescriptorLimit } from './limits/descriptors.ts'
import { createLimiter, LIMITS, type LimitChanges, type Limiter } from './limits/index.ts'
import { createDevMailer, createSmtpMailer, type Mailer } from './mail/index.ts'
import { createInvitationShelf, type InvitationShelf } from './mailbox/invitations.ts'
import { suggestName } from './names/index.ts'
import { createOrigins, type Origins } from './origins.ts'
import { openSecret, type ServerSecret } from './secret.ts'
import type { Accounts } from './store/accounts.ts'
import type { Backups } from './store/backups.ts'
import type { Devices } from './store/devices.ts'
import { isOutOfSpace } from './store/engines/index.ts'
import { inspectStore, openStore, type Store } from './store/index.ts'
import type { MailboxStore } from './store/mailbox.ts'
import type { Meta } from './store/meta.ts'
import type { Names } from './store/names.ts'
import { createRevocations, type Revocations } from './store/revocations.ts'
import { withSpare } from './store/spare.ts'
import { IN_MEMORY_URL } from './store/url.ts'

export interface Services {
  readonly config: Config
  readonly log: Logger
  readonly secret: ServerSecret
  readonly origins: Origins
  /** Keeps the limits of `limits/table.ts`, for HTTP, relay and mailbox together. */
  readonly limiter: Limiter
  readonly mailer: Mailer
  readonly keyRing: KeyRing
  readonly passports: Passports
  readonly proofs: ProofChecker
  readonly codes: SignInCodes
  readonly accounts: Accounts
  readonly registration: Registration
  readonly devices: Devices
  readonly names: Names
  readonly backups: Backups
  readonly mailboxStore: MailboxStore
  readonly invitations: InvitationShelf
  readonly suggestName: () => Promise<string>
  /**
   * Calls `listener` with the id (key thumbprint) of each device that is signed out, at once: what its passport has bought ends with it.
   * Returns stop.
   */
  onRevoked(listener: (id: string) => void): () => void
  readonly clock: Clock
  readonly disk: Disk
  /** Unix ms; the clock's. */
  readonly now: () => number
  /** Removes what has expired, rotates the signing key when it is due, and stores the time. Runs every ten minutes. */
  maintain(): Promise<void>
  /** Idempotent. */
  stop(): Promise<void>
}

const MAINTAIN_EVERY_MS = 10 * 60_000

export interface OpenServicesOptions extends ClockOptions {
  /** Other numbers than those of the table and the environment. */
  limits?: LimitChanges
  /** Opens the node's database; tests keep a connection to it. */
  openMainStore?: typeof openStore
}

/** @throws {ConfigError} when the data folder does not fit this node. */
export async function openServices (
  config: Config, { limits = {}, openMainStore = openStore, ...options }: OpenServicesOptions
): Promise<Services> {
  const { log } = options
  const folder = await openFolder(config.dataDir, log)
  const revocations = createRevocations()
  let store: Store | null = null
  try {
    const secret = await openSecret(config.dataDir, await inspectStore(config.databaseUrl))
    store = await openMainStore(config.databaseUrl, { onRevoked: revocations.announce })
    await checkSecret(store.meta, secret)
    const clock = await createClock(store, options)
    const limiter = createLimiter({ changes: { ...fitIntoSystem(log), ...config.limits, ...limits }, now: clock.now })
    return await assemble(config, { log, clock, secret, store, revocations, folder, limiter })
  } catch (error) {
    await store?.close()
    folder.release()
    throw error
  }
}

function fitIntoSystem (log: Logger): LimitChanges {
  const descriptors = readDescriptorLimit()
  const fitting = fitDescriptors(descriptors)
  const sockets = fitting['node-sockets']?.max
  if (sockets !== undefined) {
    log.warn({ descriptors, sockets, usually: LIMITS['node-sockets'].max }, 'the system allows few descriptors: fewer devices can be connected at once (LimitNOFILE)')
  }
  return fitting
}

/** Opens what is beside the database: its spare in memory for what a full disk does not take, and the measuring of the disk. */
async function openDisk (
  config: Config, { log, clock, store, limiter }: Pick<Foundation, 'log' | 'clock' | 'store' | 'limiter'>
): Promise<{ disk: Disk, spare: Store }> {
  const disk = await createDisk({
    usedBytes: async () => await store.usedBytes(), log, dataDir: config.dataDir, write: clock.record,
    maxBytes: limiter.max('disk-bytes'), reserveBytes: limiter.max('disk-reserve')
  })
  return { disk, spare: await openStore(IN_MEMORY_URL) }
}

interface Foundation {
  log: Logger
  clock: Clock
  secret: ServerSecret
  store: Store
  revocations: Revocations
  folder: DataFolder
  limiter: Limiter
}

async function assemble (
  config: Config, { log, clock, secret, store, revocations, folder, limiter }: Foundation
): Promise<Services> {
  const { now } = clock
  const { disk, spare } = await openDisk(config, { log, clock, store, limiter })
  const origins = createOrigins(config)
  const { accounts, devices, names, passes } = store
  const codes = withSpare(store.codes, spare.codes)
  const proofs = createProofs({
    max: limiter.max('proofs'), maxPerParty: limiter.max('proofs-of-account'), maxPerDevice: limiter.max('proofs-of-device'), now,
    refuse: (limit) => limiter.refuse(limit)
  })
  clock.onJump(() => proofs.renew())
  const suggest = (): Promise<string> => suggestName((name) => names.isFree(name))
  const mailer = config.smtp === null ? createDevMailer(log, now) : createSmtpMailer(config.smtp, () => new URL(origins.publicUrl()).host, log)
  const keyRing = createKeyRing(store.signingKeys, secret, clock)

  const maintain = async (): Promise<void> => {
    await proofs.purge(now())
    await clock.record()
    if (clock.mayErase()) await Promise.all([codes.purge(now()), passes.purge(now())])
    await keyRing.maintain()
  }
  const logFailure = (error: unknown): void => log.error({ err: error }, 'maintenance failed')
  // A disk that takes nothing must not keep a node from starting that has all it needs.
  await maintain().catch(async (error: unknown) => {
    if (!isOutOfSpace(error) || await keyRing.signer().catch(() => null) === null) throw error
    logFailure(error)
  })
  const timer = setInterval(() => {
    maintain().catch(logFailure)
  }, MAINTAIN_EVERY_MS).unref()

  let stopped: Promise<void> | null = null
  return {
    config, log, secret, origins, limiter, mailer, keyRing, devices, names, clock, disk, now, maintain,
    passports: createPassports({ keyRing, devices, names, suggestName: suggest, issuer: () => origins.publicUrl(), now }),
    proofs: createProofChecker(proofs, (origin) => origins.isOurs(origin), now),
    codes: createSignInCodes({ codes, askers: createAskers({ devices, secret }), limiter, secret, mailer, now }),
    accounts,
    registration: createRegistration({ policy: config.registration, accounts, passes, limiter, secret, now }),
    backups: store.backups,
    mailboxStore: store.mailbox,
    invitations: createInvitationShelf(store.mailbox, now, { isNodeFull: () => disk.storage() === 'full' }),
    suggestName: suggest,
    onRevoked: revocations.onRevoked,
    stop () {
      clearInterval(timer)
      clock.stop()
      disk.stop()
      mailer.close()
      stopped ??= clock.record().catch(() => {}).then(() => Promise.all([store.close(), spare.close()])).then(() => {})
        .finally(() => folder.release())
      return stopped
    }
  }
}

/** A database with another secret would open, find nobody's account and quietly make new ones. */
async function checkSecret (meta: Meta, secret: ServerSecret): Promise<void> {
  const value = secret.hash('check', 'database')
  const known = await meta.find('secret_check')
  if (known === null) await meta.put('secret_check', value)
  else if (known !== value) {
    throw new ConfigError('The file `secret` in PARLEY_DATA does not belong to this database: restore both from the same backup.')
  }
}
