import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ConfigError, readConfig } from './config.ts'

const read = (environment: Record<string, string>): string => {
  try {
    readConfig(environment)
    return 'fine'
  } catch (error) {
    if (error instanceof ConfigError) return error.message
    throw error
  }
}

describe('the environment', () => {
  it('may be empty: a node on loopback with its data under the current folder', () => {
    expect(readConfig({})).toMatchObject({ host: '127.0.0.1', port: 8080, publicUrl: null, smtp: null, turn: null, logLevel: 'info', registration: { kind: 'open' } })
    expect(readConfig({}).dataDir).toBe(`${process.cwd()}/.parley`)
    expect(readConfig({ PORT: '', SMTP_URL: '' })).toEqual(readConfig({}))
  })

  it('is read in full', () => {
    const config = readConfig({
      PORT: '443', HOST: '0.0.0.0', PUBLIC_URL: 'https://parley.example/', PARLEY_DATA: '/var/lib/parley',
      SMTP_URL: 'smtps://user:pass@mail.example:465', MAIL_FROM: 'Parley <parley@mail.example>',
      TURN_URLS: 'turn:turn.example:3478, turns:turn.example:5349', TURN_SECRET: 'x'.repeat(32), LOG_LEVEL: 'debug', TRUST_PROXY: '10.0.0.0/8',
      REGISTRATION: 'domains:example.org, Mail.Example.com', QUOTA_MB: '100', DISK_MAX_MB: '5000'
    })
    expect(config).toEqual({
      port: 443, host: '0.0.0.0', publicUrl: 'https://parley.example',
      dataDir: '/var/lib/parley', databaseUrl: 'sqlite:///var/lib/parley/parley.db',
      smtp: { url: 'smtps://user:pass@mail.example:465', from: 'Parley <parley@mail.example>' },
      turn: { urls: ['turn:turn.example:3478', 'turns:turn.example:5349'], secret: 'x'.repeat(32), ttlMs: 43_200_000 },
      metrics: null, logLevel: 'debug', trustedProxies: ['10.0.0.0/8'],
      limits: { 'mailbox-bytes': { max: 104_857_600 }, 'disk-bytes': { max: 5_242_880_000 } },
      registration: { kind: 'domains', domains: ['example.org', 'mail.example.com'] }
    })
  })

  it('says where metrics are: nowhere, beside everything else with a token, or on a port of their own', () => {
    const token = 'x'.repeat(32)
    expect(readConfig({}).metrics).toBeNull()
    expect(readConfig({ METRICS_TOKEN: token }).metrics).toEqual({ port: null, host: '127.0.0.1', token })
    const open = { HOST: '0.0.0.0', PUBLIC_URL: 'https://parley.example', SMTP_URL: 'smtp://mail.example', MAIL_FROM: 'a@b.example', METRICS_PORT: '9464' }
    expect(readConfig(open).metrics).toEqual({ port: 9464, host: '127.0.0.1', token: null })
    expect(readConfig({ ...open, METRICS_TOKEN: token }).metrics).toEqual({ port: 9464, host: '0.0.0.0', token })
  })

  it('may name a file with the token of the metrics', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'parley-config-'))
    try {
      const path = join(folder, 'token')
      await writeFile(path, `${'y'.repeat(32)}\n`)
      expect(readConfig({ METRICS_TOKEN_FILE: path }).metrics?.token).toBe('y'.repeat(32))
      expect(read({ METRICS_TOKEN_FILE: path, METRICS_TOKEN: 'x'.repeat(32) })).toMatch(/^METRICS_TOKEN and METRICS_TOKEN_FILE are both set/)
      expect(read({ METRICS_TOKEN_FILE: join(folder, 'none') })).toMatch(/^METRICS_TOKEN_FILE=.* cannot be read \(ENOENT\): use the path/)
      await writeFile(path, 'short')
      expect(read({ METRICS_TOKEN_FILE: path })).toMatch(/^METRICS_TOKEN cannot be used: use at least 16/)
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  it.each([
    [{ PORT: '80a' }, /^PORT="80a" cannot be used: use a number/],
    [{ PORT: '70000' }, /^PORT="70000"/],
    [{ PUBLIC_URL: 'parley.example' }, /^PUBLIC_URL="parley\.example" cannot be used: use an http/],
    [{ PUBLIC_URL: 'http://localhost/parley' }, /^PUBLIC_URL=.* without a path/],
    [{ SMTP_URL: 'mail.example' }, /^SMTP_URL cannot be used: use smtp/],
    [{ SMTP_URL: 'smtp://mail.example' }, /^MAIL_FROM is missing beside SMTP_URL/],
    [{ MAIL_FROM: 'parley' }, /^MAIL_FROM="parley" cannot be used/],
    [{ TURN_URLS: 'https://turn.example', TURN_SECRET: 'x'.repeat(16) }, /^TURN_URLS=/],
    [{ TURN_URLS: 'turn:turn.example' }, /^TURN_SECRET is missing/],
    [{ TURN_TTL_SECONDS: '9' }, /^TURN_TTL_SECONDS="9" cannot be used/],
    [{ LOG_LEVEL: 'loud' }, /^LOG_LEVEL="loud" cannot be used: use fatal, error/],
    [{ METRICS_PORT: '0x1' }, /^METRICS_PORT="0x1" cannot be used/],
    [{ METRICS_PORT: '8080' }, /^METRICS_PORT is the same as PORT/],
    [{ METRICS_TOKEN: 'short' }, /^METRICS_TOKEN cannot be used: use at least 16/],
    [{ TRUST_PROXY: 'everybody' }, /^TRUST_PROXY=/],
    [{ REGISTRATION: 'private' }, /^REGISTRATION="private" cannot be used: use open, invite, closed, or domains:/],
    [{ REGISTRATION: 'domains:' }, /^REGISTRATION="domains:" cannot be used/],
    [{ REGISTRATION: 'domains:example' }, /^REGISTRATION=/],
    [{ REGISTRATION: 'domains:@example.org' }, /^REGISTRATION=/],
    [{ QUOTA_MB: '0' }, /^QUOTA_MB="0" cannot be used: use a whole number of megabytes/],
    [{ DISK_MAX_MB: '10 GB' }, /^DISK_MAX_MB="10 GB" cannot be used/],
    [{ DISK_MAX_MB: '100', QUOTA_MB: '200' }, /^QUOTA_MB is above DISK_MAX_MB/],
    [{ DATABASE_URL: 'postgres://u:p@db/parley' }, /^DATABASE_URL cannot be used: remove it/],
    [{ REDIS_URL: 'redis://cache' }, /^REDIS_URL cannot be used: remove it/]
  ])('with %j names the variable and the fix', (environment, sentence) => {
    expect(read(environment)).toMatch(sentence)
  })

  it('repeats no credentials', () => {
    expect(read({ SMTP_URL: 'http://user:hunter2@mail.example', TURN_SECRET: 'hunter2' })).not.toContain('hunter2')
  })

  it('is told all that is wrong with it at once', () => {
    expect(read({ PORT: 'x', LOG_LEVEL: 'y' }).split('\n')).toHaveLength(2)
  })
})

describe('a node that others can reach', () => {
  it.each([
    [{ HOST: '0.0.0.0', PUBLIC_URL: 'https://parley.example' }],
    [{ HOST: '192.168.1.2', PUBLIC_URL: 'http://192.168.1.2:8080' }],
    // Behind a proxy on the same machine.
    [{ PUBLIC_URL: 'https://parley.example' }]
  ])('refuses to run without mail: %j', (environment) => {
    expect(read(environment)).toMatch(/^SMTP_URL is missing: .* others can reach the node, so sign-in codes must go by mail/)
  })

  it('must know its address', () => {
    expect(read({ HOST: '0.0.0.0', SMTP_URL: 'smtp://mail.example', MAIL_FROM: 'a@b.example' })).toMatch(/^PUBLIC_URL is missing/)
  })

  it.each(['localhost', '127.0.0.1', '127.1.2.3', '::1'])('is not one on %s', (HOST) => {
    expect(read({ HOST, PUBLIC_URL: 'http://localhost:8080' })).toBe('fine')
  })
})
