/**
 * Everything the node is made of below HTTP: database, secret, keys, codes, mail. Opened once at boot, passed to the app, the relay and the
 * mailbox.
 *
 * @example
 * const services = await openServices(readConfig(process.env), { log })
 * const app = await createApp(services, { webRoot, relay: () => relay })
 * services.passports.verifyOf(jwt, deviceKey)   // claims or null; for the relay and the mailbox
 * services.db                                   // Kysely; tables of their own come with migrations in store/migrations/
 */
import { join } from 'node:path'
import type { Logger } from 'pino'
import { createProofChecker, type ProofChecker } from './auth/dpop.ts'
import { createAskers } from './auth/askers.ts'
import { createSignInCodes, type SignInCodes } from './auth/codes.ts'
import { createRegistration, type Registration } from './auth/registration.ts'
import { createPassports, type Passports } from './auth/passports.ts'
import { createKeyRing, type KeyRing } from './auth/signing-keys.ts'
import { ConfigError, type Config } from './config.ts'
import { createLimiter, type LimitChanges, type Limiter } from './limits/index.ts'
import { createDevMailer, createSmtpMailer, type Mailer } from './mail/index.ts'
import { suggestName } from './names/index.ts'
import { createOrigins, type Origins } from './origins.ts'
import { openSecret, type ServerSecret } from './secret.ts'
import { createAccounts, type Accounts } from './store/accounts.ts'
import { createBackups, type Backups } from './store/backups.ts'
import { createCodes } from './store/codes.ts'
import { createDevices, type Devices } from './store/devices.ts'
import { openDatabase, type Db } from './store/index.ts'
import { createNames, type Names } from './store/names.ts'
import { createPasses } from './store/passes.ts'
import { createProofs } from './store/proofs.ts'
import { createRevocations } from './store/revocations.ts'
import { createSigningKeys } from './store/signing-keys.ts'

export interface Services {
  readonly config: Config
  readonly log: Logger
  readonly db: Db
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
  readonly suggestName: () => Promise<string>
  /**
   * Calls `listener` with the id (key thumbprint) of each device that is signed out, at once: what its passport has bought ends with it.
   * Returns stop.
   */
  onRevoked(listener: (id: string) => void): () => void
  /** Unix ms. */
  readonly now: () => number
  /** Removes what has expired and rotates the signing key when it is due. Runs by itself every ten minutes. */
  maintain(): Promise<void>
  /** Idempotent. */
  stop(): Promise<void>
}

const MAINTAIN_EVERY_MS = 10 * 60_000

export interface OpenServicesOptions {
  log: Logger
  /** Unix ms. */
  now?: () => number
  /** Other numbers than those of the table. */
  limits?: LimitChanges
}

/** @throws {ConfigError} when the data folder does not fit this node. */
export async function openServices (config: Config, { log, now = Date.now, limits = {} }: OpenServicesOptions): Promise<Services> {
  const secret = await openSecret(config.dataDir)
  const db = await openDatabase(join(config.dataDir, 'parley.db'))
  try {
    await checkSecret(db, secret)
    return await assemble(config, { log, now, secret, db, limiter: createLimiter({ changes: limits, now }) })
  } catch (error) {
    await db.destroy()
    throw error
  }
}

interface Foundation { log: Logger, now: () => number, secret: ServerSecret, db: Db, limiter: Limiter }

async function assemble (config: Config, { log, now, secret, db, limiter }: Foundation): Promise<Services> {
  const origins = createOrigins(config)
  const revocations = createRevocations()
  const [devices, names, codes, proofs] = [createDevices(db, revocations.announce), createNames(db), createCodes(db), createProofs(db)]
  const accounts = createAccounts(db)
  const passes = createPasses(db)
  const suggest = (): Promise<string> => suggestName((name) => names.isFree(name))
  const mailer = config.smtp === null ? createDevMailer(log, now) : createSmtpMailer(config.smtp, () => new URL(origins.publicUrl()).host, log)
  const keyRing = createKeyRing(createSigningKeys(db), secret, now)

  const maintain = async (): Promise<void> => {
    await Promise.all([codes.purge(now()), passes.purge(now()), proofs.purge(now())])
    await keyRing.maintain()
  }
  await maintain()
  const timer = setInterval(() => {
    maintain().catch((error: unknown) => log.error({ err: error }, 'maintenance failed'))
  }, MAINTAIN_EVERY_MS).unref()

  let stopped: Promise<void> | null = null
  return {
    config, log, db, secret, origins, limiter, mailer, keyRing, devices, names, now, maintain,
    passports: createPassports({ keyRing, devices, names, suggestName: suggest, issuer: () => origins.publicUrl(), now }),
    proofs: createProofChecker(proofs, (origin) => origins.isOurs(origin), now),
    codes: createSignInCodes({ codes, askers: createAskers({ devices, secret }), limiter, secret, mailer, now }),
    accounts,
    registration: createRegistration({ policy: config.registration, accounts, passes, limiter, secret, now }),
    backups: createBackups(db),
    suggestName: suggest,
    onRevoked: revocations.onRevoked,
    stop () {
      clearInterval(timer)
      mailer.close()
      stopped ??= db.destroy()
      return stopped
    }
  }
}

/** A database with another secret would open, find nobody's account and quietly make new ones. */
async function checkSecret (db: Db, secret: ServerSecret): Promise<void> {
  const value = secret.hash('check', 'database')
  await db.insertInto('meta').values({ key: 'secret_check', value }).onConflict((conflict) => conflict.column('key').doNothing()).execute()
  const row = await db.selectFrom('meta').select('value').where('key', '=', 'secret_check').executeTakeFirst()
  if (row?.value !== value) {
    throw new ConfigError('The file `secret` in PARLEY_DATA does not belong to this database: restore both from the same backup.')
  }
}
