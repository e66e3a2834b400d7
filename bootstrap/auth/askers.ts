/**
 * Who asks for codes and tries them, and what of the limits they use. Strangers to a mailbox share limits per mailbox, mail domain and node.
 * A device or an address that has signed in to the account before has limits of its own, so that no stranger can use them up.
 */
import { ParleyError } from '#shared/errors.ts'
import type { Limiter, RateName } from '../limits/index.ts'
import { addressKeys } from '../limits/address-keys.ts'
import type { ServerSecret } from '../secret.ts'
import type { Devices } from '../store/devices.ts'

export interface Asker {
  /** Thumbprint of the device key that proved itself; null when none did. */
  deviceId: string | null
  /** Network address. */
  address: string
  /** Asks from this machine a node whose codes leave it by no mail: limits of addresses and of outgoing mail have no meaning. */
  isLocal: boolean
}

/** What one mail or one try uses: names and keys of limits. */
export type Usage = readonly (readonly [limit: RateName, key: string])[]

export interface Askers {
  mailUsage(email: string, asker: Asker): Promise<Usage>
  guessUsage(email: string, asker: Asker): Promise<Usage>
  /** Called when an asker has shown the right code. The address is remembered in memory only, as a keyed hash beside that of the mailbox. */
  remember(email: string, asker: Asker): void
}

/** About 150 bytes each. An address gets in only by a right code; the longest unused goes first. */
const ADDRESSES_MAX = 20_000

export function createAskers ({ devices, secret }: { devices: Devices, secret: ServerSecret }): Askers {
  const addresses = new Set<string>()

  /** The smallest network that is counted: an IPv4 address, an IPv6 /64. */
  const addressOf = (email: string, { address }: Asker): string => secret.hash('asker', `${email} ${networkOf(address)}`)
  const ownKey = async (email: string, asker: Asker): Promise<string | null> => {
    const { deviceId } = asker
    if (deviceId !== null && await devices.isOf(deviceId, secret.hash('email', email))) return `${email} ${deviceId}`
    const address = addressOf(email, asker)
    return addresses.has(address) ? address : null
  }
  const mailboxKey = (email: string): string => secret.hash('asker', mailboxOf(email))

  return {
    async mailUsage (email, asker) {
      const own = await ownKey(email, asker)
      if (own !== null) return [['mailbox-mails', own]]
      const mailbox = mailboxKey(email)
      const usage: Usage = [['mailbox-mails', mailbox]]
      return asker.isLocal
        ? usage
        : [...usage, ['asker-mails', `${mailbox} ${asker.address}`], ['domain-mails', domainOf(email)], ['node-mails', 'node']]
    },
    guessUsage: async (email, asker) => [['mailbox-guesses', await ownKey(email, asker) ?? mailboxKey(email)]],
    remember (email, asker) {
      const address = addressOf(email, asker)
      addresses.delete(address)
      addresses.add(address)
      const [oldest] = addresses
      if (addresses.size > ADDRESSES_MAX && oldest !== undefined) addresses.delete(oldest)
    }
  }
}

export const networkOf = (address: string): string => addressKeys(address)[0]?.key ?? address

/**
 * Addresses that most providers deliver to the same mailbox: the part from `+` on and dots in the local part do not count. For limits only;
 * an account belongs to the address as it was typed.
 */
export function mailboxOf (email: string): string {
  const [local = '', domain = ''] = split(email)
  return `${(local.split('+', 1)[0] ?? '').replaceAll('.', '') || local}@${domain}`
}

export const domainOf = (email: string): string => split(email)[1] ?? ''

function split (email: string): string[] {
  const at = email.lastIndexOf('@')
  return [email.slice(0, at), email.slice(at + 1)]
}

/** Milliseconds until all of it can be taken; 0 when it can be now. */
export const waitForAll = (limiter: Limiter, usage: Usage): number => Math.max(...usage.map(([limit, key]) => limiter.waitMs(limit, key)))

/** Takes all of it, or nothing. @throws {ParleyError} `rate-limited` with `retryInMs`, which is counted under the limit that holds longest. */
export function takeAll (limiter: Limiter, usage: Usage): void {
  const retryInMs = waitForAll(limiter, usage)
  if (retryInMs > 0) {
    const held = usage.find(([limit, key]) => limiter.waitMs(limit, key) === retryInMs)
    if (held !== undefined) limiter.refuse(held[0])
    throw new ParleyError('rate-limited', { details: { retryInMs } })
  }
  for (const [limit, key] of usage) limiter.take(limit, key)
}

export function giveAllBack (limiter: Limiter, usage: Usage): void {
  for (const [limit, key] of usage) limiter.giveBack(limit, key)
}
