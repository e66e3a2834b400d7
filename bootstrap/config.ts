/**
 * The environment of the node, checked once at boot: everything that is wrong is told together, each line naming the variable and the fix.
 */
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import * as z from 'zod'
import type { RegistrationKind } from '#shared/http/index.ts'
import { LIMITS, type LimitChanges } from './limits/index.ts'
import { toSqliteUrl } from './store/url.ts'

export interface Config {
  host: string
  /** 0 takes any free port (tests). */
  port: number
  /** Origin under which people reach the node; null: the address it listens on. */
  publicUrl: string | null
  dataDir: string
  /** `sqlite:` URL of a file in the data folder. */
  databaseUrl: string
  /** Null: codes go to the log and to `/dev/mail`. */
  smtp: { url: string, from: string } | null
  turn: { urls: string[], secret: string, ttlMs: number } | null
  logLevel: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent'
  /** Where `GET /metrics` is; null: nowhere. With a port it is served there, else beside everything else. */
  metrics: { port: number | null, host: string, token: string | null } | null
  /** Limits of the table that the environment changes. */
  limits: LimitChanges
  /** Addresses of reverse proxies whose `X-Forwarded-For` is believed. */
  trustedProxies: string[]
  registration: RegistrationPolicy
}

/** Name of the database's file in the data folder. */
const DATABASE_FILE = 'parley.db'

/** Who may have a new account. */
export interface RegistrationPolicy {
  kind: RegistrationKind
  /** Lower case; only with `domains`. */
  domains: readonly string[]
}

/** Says in full sentences what is wrong with the environment. */
export class ConfigError extends Error {
  override name = 'ConfigError'
}

const list = (text: string): string[] => text.split(',').map((item) => item.trim()).filter((item) => item !== '')

const MiB = 1024 * 1024
/** Up to a million: a terabyte. */
const megabytes = z.string().regex(/^[1-9]\d{0,5}$/).transform((text) => Number(text) * MiB)

const environmentSchema = z.object({
  PORT: z.string().regex(/^\d{1,5}$/).transform(Number).refine((port) => port <= 65_535).default(8080),
  HOST: z.string().regex(/^[A-Za-z0-9.:_-]+$/).default('127.0.0.1'),
  PUBLIC_URL: z.string().refine(isOrigin).transform((text) => new URL(text).origin).optional(),
  PARLEY_DATA: z.string().default('.parley').transform((path) => resolve(path)),
  SMTP_URL: z.string().refine((text) => hasScheme(text, ['smtp:', 'smtps:'])).optional(),
  MAIL_FROM: z.string().regex(/^(?:[^<>]*<[^<>@\s]+@[^<>@\s]+>|[^<>@\s]+@[^<>@\s]+)$/).optional(),
  TURN_URLS: z.string().transform(list).refine((urls) => urls.length > 0 && urls.every((url) => /^turns?:\S+$/.test(url))).optional(),
  TURN_SECRET: z.string().min(16).optional(),
  TURN_TTL_SECONDS: z.coerce.number().int().min(10).max(7 * 86_400).default(12 * 3600),
  METRICS_PORT: z.string().regex(/^\d{1,5}$/).transform(Number).refine((port) => port <= 65_535).optional(),
  METRICS_TOKEN: z.string().regex(/^[\x21-\x7e]{16,}$/).optional(),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  QUOTA_MB: megabytes.optional(),
  DISK_MAX_MB: megabytes.optional(),
  TRUST_PROXY: z.string().default('loopback').transform(list)
    .refine((items) => items.every((item) => /^(?:loopback|linklocal|uniquelocal|[0-9a-fA-F.:]+(?:\/\d{1,3})?)$/.test(item))),
  REGISTRATION: z.string().toLowerCase().default('open').transform(readRegistration).refine((policy) => policy !== null),
  // Part of the contract, not of this release: better refused than ignored.
  DATABASE_URL: z.undefined().optional(),
  REDIS_URL: z.undefined().optional()
})

const FIXES: Record<keyof z.infer<typeof environmentSchema>, string> = {
  PORT: 'use a number from 0 to 65535, for example PORT=8080',
  HOST: 'use an address or a host name to listen on, for example HOST=127.0.0.1',
  PUBLIC_URL: 'use an http(s) origin without a path, for example PUBLIC_URL=https://parley.example',
  PARLEY_DATA: 'use the path of a folder, for example PARLEY_DATA=/var/lib/parley',
  SMTP_URL: 'use smtp:// or smtps://, for example SMTP_URL=smtps://user:password@mail.example:465',
  QUOTA_MB: 'use a whole number of megabytes, for example QUOTA_MB=256',
  DISK_MAX_MB: 'use a whole number of megabytes, for example DISK_MAX_MB=20000',
  MAIL_FROM: 'use an address with or without a name, for example MAIL_FROM="Parley <parley@mail.example>"',
  TURN_URLS: 'use TURN addresses divided by commas, for example TURN_URLS=turn:turn.example:3478,turns:turn.example:5349',
  TURN_SECRET: 'use at least 16 characters, the same as static-auth-secret of coturn, for example from: openssl rand -hex 32',
  TURN_TTL_SECONDS: 'use a whole number of seconds from 10 to 604800, for example TURN_TTL_SECONDS=43200',
  METRICS_PORT: 'use a number from 0 to 65535, for example METRICS_PORT=9464',
  METRICS_TOKEN: 'use at least 16 characters without spaces, for example from: openssl rand -hex 32',
  LOG_LEVEL: 'use fatal, error, warn, info, debug, trace or silent',
  TRUST_PROXY: 'use addresses, subnets, loopback, linklocal or uniquelocal, divided by commas, for example TRUST_PROXY=10.0.0.0/8',
  REGISTRATION: 'use open, invite, closed, or domains: and mail domains divided by commas, for example REGISTRATION=domains:example.org,example.com',
  DATABASE_URL: 'remove it: this version keeps its data in the embedded database under PARLEY_DATA only',
  REDIS_URL: 'remove it: this version runs as a single process and needs no Redis'
}

/** Values that hold credentials are never repeated. */
const SECRETS = new Set(['SMTP_URL', 'TURN_SECRET', 'METRICS_TOKEN', 'DATABASE_URL', 'REDIS_URL'])
/** Secrets that may be in a file instead, named by a variable that ends in `_FILE`: the environment of a process can be read by others on many hosts. */
const FROM_FILES = ['METRICS_TOKEN'] as const

/** @throws {ConfigError} naming each bad variable and its fix. An empty variable counts as not set. */
export function readConfig (environment: Record<string, string | undefined>): Config {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== undefined && value !== ''))
  const unread = readSecretFiles(given)
  if (unread.length > 0) throw new ConfigError(unread.join('\n'))
  const parsed = environmentSchema.safeParse(given)
  if (!parsed.success) {
    const names = new Set(parsed.error.issues.map(({ path }) => path[0] as keyof typeof FIXES))
    throw new ConfigError([...names].map((name) => {
      const value = SECRETS.has(name) ? '' : `=${JSON.stringify(given[name])}`
      return `${name}${value} cannot be used: ${FIXES[name]}.`
    }).join('\n'))
  }
  const values = parsed.data
  const trouble = findConflicts(values)
  if (trouble.length > 0) throw new ConfigError(trouble.join('\n'))
  return {
    host: values.HOST,
    port: values.PORT,
    publicUrl: values.PUBLIC_URL ?? null,
    dataDir: values.PARLEY_DATA,
    databaseUrl: toSqliteUrl(join(values.PARLEY_DATA, DATABASE_FILE)),
    smtp: values.SMTP_URL !== undefined && values.MAIL_FROM !== undefined ? { url: values.SMTP_URL, from: values.MAIL_FROM } : null,
    turn: values.TURN_URLS !== undefined && values.TURN_SECRET !== undefined
      ? { urls: values.TURN_URLS, secret: values.TURN_SECRET, ttlMs: values.TURN_TTL_SECONDS * 1000 }
      : null,
    logLevel: values.LOG_LEVEL,
    metrics: values.METRICS_PORT === undefined && values.METRICS_TOKEN === undefined
      ? null
      : {
          port: values.METRICS_PORT ?? null,
          token: values.METRICS_TOKEN ?? null,
          // Without a token only this machine may ask.
          host: values.METRICS_TOKEN === undefined ? '127.0.0.1' : values.HOST
        },
    limits: {
      ...(values.QUOTA_MB === undefined ? {} : { 'mailbox-bytes': { max: values.QUOTA_MB } }),
      ...(values.DISK_MAX_MB === undefined ? {} : { 'disk-bytes': { max: values.DISK_MAX_MB } })
    },
    trustedProxies: values.TRUST_PROXY,
    registration: values.REGISTRATION
  }
}

/** Puts the contents of `…_FILE` in place of the variable. Returns a sentence for each that cannot be used. */
function readSecretFiles (given: Record<string, string | undefined>): string[] {
  return FROM_FILES.flatMap((name) => {
    const path = given[`${name}_FILE`]
    if (path === undefined) return []
    if (given[name] !== undefined) return [`${name} and ${name}_FILE are both set: remove one of them.`]
    try {
      given[name] = readFileSync(path, 'utf8').trim()
      return []
    } catch (error) {
      return [`${name}_FILE=${JSON.stringify(path)} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown error'}): use the path of a file that the node may read.`]
    }
  })
}

function findConflicts (values: z.infer<typeof environmentSchema>): string[] {
  const trouble = []
  if (values.QUOTA_MB !== undefined && values.QUOTA_MB > (values.DISK_MAX_MB ?? LIMITS['disk-bytes'].max)) {
    trouble.push('QUOTA_MB is above DISK_MAX_MB: one account could fill the disk. Lower the first or raise the second.')
  }
  const isLocal = isLoopback(values.HOST)
  if (!isLocal && values.PUBLIC_URL === undefined) {
    trouble.push(`PUBLIC_URL is missing: with HOST=${values.HOST} others can reach the node, so it must know its address: ${FIXES.PUBLIC_URL}.`)
  }
  if (values.SMTP_URL !== undefined && values.MAIL_FROM === undefined) trouble.push(`MAIL_FROM is missing beside SMTP_URL: ${FIXES.MAIL_FROM}.`)
  if (values.SMTP_URL === undefined) {
    // Without mail, codes are readable at /dev/mail. A node that others reach would let anybody sign in as anybody.
    const open = !isLocal ? `HOST=${values.HOST}` : values.PUBLIC_URL !== undefined && !isLoopback(new URL(values.PUBLIC_URL).hostname) ? `PUBLIC_URL=${values.PUBLIC_URL}` : null
    if (open !== null) {
      trouble.push(`SMTP_URL is missing: with ${open} others can reach the node, so sign-in codes must go by mail: ${FIXES.SMTP_URL}, and MAIL_FROM.`)
    }
  }
  if (values.METRICS_PORT !== undefined && values.METRICS_PORT !== 0 && values.METRICS_PORT === values.PORT) {
    trouble.push(`METRICS_PORT is the same as PORT: ${FIXES.METRICS_PORT}, or leave it out and use METRICS_TOKEN.`)
  }
  if ((values.TURN_URLS === undefined) !== (values.TURN_SECRET === undefined)) {
    const missing = values.TURN_URLS === undefined ? 'TURN_URLS' : 'TURN_SECRET'
    trouble.push(`${missing} is missing, TURN needs both: ${FIXES[missing]}.`)
  }
  return trouble
}

/** Who may have a new account; null for what says nothing of that. */
function readRegistration (text: string): RegistrationPolicy | null {
  if (text === 'open' || text === 'invite' || text === 'closed') return { kind: text, domains: [] }
  const domains = text.startsWith('domains:') ? list(text.slice('domains:'.length)) : []
  const areDomains = domains.length > 0 && domains.every((domain) => /^(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z0-9-]{2,}$/.test(domain))
  return areDomains ? { kind: 'domains', domains } : null
}

/** True for names and addresses that only this machine can reach. */
export function isLoopback (host: string): boolean {
  const name = host.replace(/^\[|\]$/g, '').toLowerCase()
  return name === 'localhost' || name === '::1' || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(name)
}

function hasScheme (text: string, schemes: string[]): boolean {
  const url = URL.parse(text)
  return url !== null && schemes.includes(url.protocol) && url.hostname !== ''
}

function isOrigin (text: string): boolean {
  return hasScheme(text, ['http:', 'https:']) && new URL(text).href === `${new URL(text).origin}/`
}
