/** Packages of the system, where this may install them: Debian and its children, as root. */
import { existsSync } from 'node:fs'
import { run } from './run.ts'

const INSTALL_TIME_LIMIT_MS = 10 * 60_000

const mayInstall = (): boolean => existsSync('/etc/debian_version') && process.getuid?.() === 0

/** Installs what it can; whoever needs a program looks for it afterwards. */
export async function installFromDebian (...packages: readonly string[]): Promise<void> {
  if (!mayInstall()) return
  console.log(`Installing from Debian: ${packages.join(', ')}`)
  // Run level 1: no service is started by being installed.
  const options = { timeout: INSTALL_TIME_LIMIT_MS, env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' } }
  await run('apt-get', ['update', '-qq'], options)
  await run('apt-get', ['install', '-qq', '--yes', '--no-install-recommends', ...packages], options)
}

/**
 * What stories of calls behind routers and of nodes behind proxies are made of; without it they are skipped, and say so. Installed on CI only:
 * whether a TURN server or a proxy runs on a machine is up to its owner.
 */
export async function provideServers (): Promise<void> {
  if (process.env['CI'] === undefined || process.platform !== 'linux') return
  const programs = { turnserver: 'coturn', nft: 'nftables', ip: 'iproute2', nginx: 'nginx-light', caddy: 'caddy', openssl: 'openssl' }
  const folders = ['/usr/bin', '/usr/sbin', '/bin', '/sbin']
  const missing = Object.entries(programs).filter(([program]) => !folders.some((folder) => existsSync(`${folder}/${program}`)))
  if (missing.length > 0) await installFromDebian(...missing.map(([, name]) => name))
}
