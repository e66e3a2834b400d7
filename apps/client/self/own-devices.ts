/**
 * What this person's root key says of their devices: the certificates that it renews and the list that it signs, where this device holds the
 * key; elsewhere what was heard of both, and what this device wishes to be revoked. The backup carries all of it between a person's devices.
 */
import { computed, type ReadonlySignal } from '@preact/signals-core'
import { fromHex, type DeviceKey } from '#shared/ids.ts'
import { REVOKED_MAX } from '#shared/limits.ts'
import { concat } from '#shared/wire/envelope.ts'
import { dayOf, isToRenew } from '../identity/certificate.ts'
import { signDeviceList, type DeviceList } from '../identity/device-list.ts'
import type { DeviceLists } from '../identity/device-lists.ts'
import { certify, type Device, type Person } from '../identity/index.ts'
import { isRenewal, verify } from '../rooms/log/check-operation.ts'
import type { Renewal } from '../rooms/membership/operations.ts'
import type { ResolvedDevice } from '../rooms/membership/resolve.ts'
import type { RoomDevices } from '../rooms/people/revocations.ts'
import { createMutex } from '../state/mutex.ts'
import type { CertificateRecord, RevocationWish } from '../store/index.ts'
import type { SelfRecords } from './self-record.ts'

const WISH_CONTEXT = new TextEncoder().encode('parley/device-wish/1')
const wishBytes = (user: string, device: DeviceKey): Uint8Array<ArrayBuffer> => concat(WISH_CONTEXT, fromHex(user), fromHex(device))

/** What one device of a person tells the others by the backup. */
export interface DeviceNews { list: DeviceList | null, certificates: readonly CertificateRecord[], wishes: readonly RevocationWish[] }

export interface OwnDeviceParts extends Pick<RoomDevices, 'certified' | 'wished'> {
  /** What the other devices are told. Reactive. */
  readonly news: ReadonlySignal<DeviceNews>
  /** Takes over what another device has told, as far as it is signed. */
  take(news: DeviceNews): Promise<void>
  /** Revokes a device for good, wherever the list gets. Without the root key it is a wish, which a device that holds it grants. */
  revoke(device: DeviceKey): Promise<void>
  /** A device was linked, by what the root key has certified for it. */
  linked(device: CertificateRecord): Promise<void>
  /** Certifies anew, where this device holds the root key, itself and those of `devices` whose time comes. @param now Unix ms */
  renew(now: number, devices?: readonly ResolvedDevice[]): Promise<void>
}

export function createOwnDevices ({ person, device, records, lists }: {
  person: Person, device: Device, records: SelfRecords, lists: DeviceLists
}): OwnDeviceParts {
  const { userKey, rootEntropy } = person
  const locked = createMutex()
  const certificates = (): readonly CertificateRecord[] => records.record.peek().certificates ?? []
  const wishes = (): readonly RevocationWish[] => records.record.peek().wishes ?? []
  const isMine = async (one: CertificateRecord): Promise<boolean> => await isRenewal({ ...one, user: userKey }, one)
  const given: CertificateRecord[] = person.issuedAt === null ? [] : [{ ...person, issuedAt: person.issuedAt, device: device.key, encryptionKey: device.encryptionKey }]

  const keepCertificates = async (added: readonly CertificateRecord[]): Promise<void> => {
    const newer = added.filter((one) => certificates().every((known) => known.device !== one.device || known.issuedAt < one.issuedAt))
    if (newer.length === 0) return
    await records.change(({ certificates: known = [] }) => ({
      certificates: [...known.filter((one) => !newer.some((other) => other.device === one.device)), ...newer].sort((a, b) => a.device < b.device ? -1 : 1)
    }))
  }

  /** RULE: only the root key revokes for good, and it never signs against the device that holds it on the word of another. */
  const sign = async (revoked: readonly DeviceKey[], now: number): Promise<void> => {
    if (rootEntropy === null) return
    const known = lists.newestOf(userKey)
    const all = [...lists.revokedOf(userKey), ...revoked]
    await lists.take(await signDeviceList(rootEntropy, {
      user: userKey, version: Math.min((known?.version ?? 0) + 1, Number.MAX_SAFE_INTEGER), issuedAt: dayOf(now),
      devices: [...known?.devices ?? [], ...records.record.peek().knownDevices, device.key], revoked: all
    }))
  }

  /** Two devices that hold the key may have signed without knowing of each other: one list says what both do. */
  const merge = async (): Promise<void> => {
    const said = lists.newestOf(userKey)?.revoked ?? []
    if (rootEntropy !== null && said.length < REVOKED_MAX && [...lists.revokedOf(userKey)].some((one) => !said.includes(one))) await sign([], Date.now())
  }

  const grant = async (): Promise<void> => {
    await merge()
    const open = wishes().filter((wish) => !lists.isRevoked(userKey, wish.device))
    if (open.length === 0 || rootEntropy === null) return
    // Who wishes is certified and not revoked: a device that is out cannot take others along.
    const granted = open.filter(({ by, device: target }) => target !== device.key && !lists.isRevoked(userKey, by) && certificates().some((one) => one.device === by))
    if (granted.length > 0) await sign(granted.map((wish) => wish.device), Date.now())
  }

  const wishesLeft = computed(() => (records.record.value.wishes ?? []).filter((wish) => !lists.isRevoked(userKey, wish.device)))
  return {
    certified: computed(() => {
      const mine = [...given, ...records.record.value.certificates ?? []].filter((one) => one.device === device.key)
      const newest = mine.reduce<CertificateRecord | null>((best, one) => best === null || one.issuedAt > best.issuedAt ? one : best, null)
      return newest === null ? null : { issuedAt: newest.issuedAt, certificate: newest.certificate } satisfies Renewal
    }),
    wished: computed(() => new Set(wishesLeft.value.filter(({ by }) => by === device.key).map((wish) => wish.device))),
    news: computed(() => ({
      list: lists.newestOf(userKey),
      certificates: (records.record.value.certificates ?? []).filter((one) => !lists.isRevoked(userKey, one.device)),
      wishes: wishesLeft.value
    })),
    take: async (news) => await locked(async () => {
      if (news.list !== null && news.list.user === userKey) await lists.take(news.list)
      const signed = await Promise.all(news.certificates.map(async (one) => await isMine(one) ? [one] : []))
      await keepCertificates(signed.flat())
      const fresh = news.wishes.filter((wish) => !wishes().some((known) => known.device === wish.device && known.by === wish.by))
      const meant = (await Promise.all(fresh.map(async (wish) =>
        await verify(fromHex(wish.by), wish.signature, wishBytes(userKey, wish.device)) ? [wish] : []))).flat()
      if (meant.length > 0) await records.change(({ wishes: known = [] }) => ({ wishes: [...known, ...meant].slice(-REVOKED_MAX) }))
      await grant()
    }),
    revoke: async (target) => await locked(async () => {
      if (rootEntropy !== null) {
        await sign([target], Date.now())
        return
      }
      const signature = new Uint8Array(await crypto.subtle.sign('Ed25519', device.signing.privateKey, wishBytes(userKey, target)))
      await records.change(({ wishes: known = [] }) => ({ wishes: [...known.filter((wish) => wish.device !== target || wish.by !== device.key), { device: target, by: device.key, signature }] }))
    }),
    linked: async (one) => await locked(async () => await keepCertificates([one])),
    renew: async (now, devices = []) => await locked(async () => {
      if (rootEntropy === null) return
      const mine = { device: device.key, encryptionKey: device.encryptionKey, issuedAt: person.issuedAt }
      const others = devices.map(({ certified }) => ({ device: certified.device, encryptionKey: certified.encryptionKey, issuedAt: certified.issuedAt }))
      const due = [mine, ...others, ...certificates()].filter((one) => {
        const issuedAt = Math.max(one.issuedAt ?? 0, ...certificates().flatMap((known) => known.device === one.device ? [known.issuedAt] : []))
        return !lists.isRevoked(userKey, one.device) && isToRenew(issuedAt, now)
      })
      const once = new Map(due.map((one) => [one.device, one.encryptionKey]))
      await keepCertificates(await Promise.all([...once].map(async ([of, encryptionKey]) =>
        ({ device: of, encryptionKey, ...await certify(rootEntropy, of, encryptionKey, now) }))))
      await grant()
    })
  }
}
