/** Packages of the system, where this may install them: Debian and its children, as root. */
import { existsSync } from 'node:fs'
import { run } from './run.ts'

const INSTALL_TIME_LIMIT_MS = 10 * 60_000

const mayInstall = (): boolean => existsSync('/etc/debian_version') && process.getuid?.() === 0

/** Installs what it can; whoever needs a program looks for it afterwards. */
export async function installFromDebian (...packages: readonly string[]): Promise<void> {
  if (!mayInstall()) return
  console.log(`Installing from Debian: ${packages.join(', ')}`)
  const options = { timeout: INSTALL_TIME_LIMIT_MS, env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } }
  await run('apt-get', ['update', '-qq'], options)
  await run('apt-get', ['install', '-qq', '--yes', '--no-install-recommends', ...packages], options)
}

/**
 * What the stories of calls behind routers are made of; without it they are skipped, and say so. Installed on CI only: a TURN server on
 * somebody's own machine is theirs to want.
 */
export async function provideNatTools (): Promise<void> {
  if (process.env['CI'] === undefined || process.platform !== 'linux') return
  const programs = { turnserver: 'coturn', nft: 'nftables', ip: 'iproute2' }
  const folders = ['/usr/bin', '/usr/sbin', '/bin', '/sbin']
  const missing = Object.entries(programs).filter(([program]) => !folders.some((folder) => existsSync(`${folder}/${program}`)))
  if (missing.length > 0) await installFromDebian(...missing.map(([, name]) => name))
}
