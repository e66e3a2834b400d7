/** Issues and checks passports (shared/http/passport.ts). */
import { SignJWT } from 'jose'
import type { PassportResponse } from '#shared/http/index.ts'
import {
  checkPassport, deviceKeyThumbprint, PASSPORT_ALG, PASSPORT_AUDIENCE, PASSPORT_TYP, type PassportCheck, type PassportClaims
} from '#shared/http/passport.ts'
import type { AccountId, DeviceKey } from '#shared/ids.ts'
import { PASSPORT_TTL_MS } from '#shared/limits.ts'
import type { Devices } from '../store/devices.ts'
import type { Names } from '../store/names.ts'
import type { KeyRing } from './signing-keys.ts'

export interface Passports {
  /** A passport with the account's present name, for the device of this thumbprint. */
  issue(accountId: AccountId, deviceId: string): Promise<PassportResponse>
  /** Signature, issuer and times only. */
  check(jwt: string): Promise<PassportCheck>
  /**
   * For whoever was shown a passport by a device (relay, rendezvous, mailbox): its claims, or null unless it is valid, bound to that
   * device's key, and the device is still signed in.
   */
  verifyOf(jwt: string, device: DeviceKey): Promise<PassportClaims | null>
}

export interface PassportParts {
  keyRing: KeyRing
  devices: Devices
  names: Names
  suggestName: () => Promise<string>
  issuer: () => string
  now: () => number
}

export function createPassports ({ keyRing, devices, names, suggestName, issuer, now }: PassportParts): Passports {
  const check = (jwt: string): Promise<PassportCheck> =>
    checkPassport(jwt, { findKey: (kid) => keyRing.find(kid), issuer: issuer(), now: now() })

  return {
    check,
    async issue (accountId, deviceId) {
      const [{ kid, key }, name] = await Promise.all([keyRing.signer(), names.of(accountId)])
      const issuedAt = Math.floor(now() / 1000)
      const expiresAt = issuedAt + PASSPORT_TTL_MS / 1000
      const passport = await new SignJWT({ ...(name === null ? {} : { name }), cnf: { jkt: deviceId } })
        .setProtectedHeader({ alg: PASSPORT_ALG, typ: PASSPORT_TYP, kid })
        .setIssuer(issuer()).setAudience(PASSPORT_AUDIENCE).setSubject(accountId)
        .setIssuedAt(issuedAt).setExpirationTime(expiresAt)
        .sign(key)
      return { passport, expiresAt: expiresAt * 1000, accountId, name, ...(name === null ? { suggestedName: await suggestName() } : {}) }
    },
    async verifyOf (jwt, deviceKey) {
      const checked = await check(jwt)
      if (checked.status !== 'valid' || checked.claims.cnf.jkt !== await deviceKeyThumbprint(deviceKey)) return null
      const device = await devices.find(checked.claims.cnf.jkt)
      return device !== null && !device.isRevoked && device.accountId === checked.claims.sub ? checked.claims : null
    }
  }
}
