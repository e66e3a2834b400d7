/**
 * What belongs to a person rather than to a room: their devices, recovery, export and import, verified people. Loaded after the session
 * stands; each part that somebody rarely needs is loaded when it is.
 *
 * Flow: linking (`linking.ts`), recovery (`recover`) and import (`import.ts`) end alike: the profile is made the person's, the rooms' keys are
 * kept (`person-change.ts`), the session begins anew, and the rooms are entered by certificate (`rooms/entry/entering.ts`). The backup
 * (`backup.ts`) carries rooms between a person's devices from then on.
 *
 * @example
 *   const self = await createSelf(context)
 *   const offer = self.offerLink.value?.()
 */
import { computed, effect, signal } from '@preact/signals-core'
import { ParleyError } from '#shared/errors.ts'
import type { DeviceKey, UserKey } from '#shared/ids.ts'
import { fromBase64Url } from '#shared/invite.ts'
import { decodeCbor, encodeCbor } from '#shared/wire/cbor.ts'
import type { AccountParts } from '../account.ts'
import type { ClientEvents } from '../api.ts'
import type { Self } from '../api-self.ts'
import { decodeDeviceList, encodeDeviceList } from '../identity/device-list.ts'
import { backupKeyOf, certify, describeDevice, userKeyOf, type Device } from '../identity/index.ts'
import type { NodeApi } from '../node-api/index.ts'
import { createBackupNotice } from '../protocols/backup-notice/index.ts'
import { admitDevice } from '../rooms/entry/device-admission.ts'
import { createDeviceJudge } from '../rooms/entry/device-judge.ts'
import { encodeShown } from '../rooms/membership/operation-codec.ts'
import { keysOf, readRoomKeys, roomKeysFields } from '../rooms/room-keys.ts'
import type { Session } from '../session.ts'
import type { EventEmitter } from '../state/events.ts'
import { createScope } from '../state/scope.ts'
import type { CertificateRecord, Store } from '../store/index.ts'
import { createBackup } from './backup.ts'
import { backupIdOf, decodeBackup, openBackup, shortened } from './backup-format.ts'
import { createDeviceList } from './devices.ts'
import { becomePerson, requireFree } from './person-change.ts'
import { renewDevices } from './renew-devices.ts'
import { createVerification } from './verification.ts'
import { watchNames } from './watch-names.ts'

export interface SelfContext {
  account: AccountParts
  api: NodeApi
  store: Store
  device: Device
  session: Session
  nodeOrigin: string
  events: EventEmitter<ClientEvents>
  /** Ends this session and begins another, by the profile as it is then. */
  restart: () => Promise<void>
}

/** A `Self` of one session. */
export interface SelfParts extends Self { stop(): void }

export async function createSelf (context: SelfContext): Promise<SelfParts> {
  const { account, api, store, device, session, nodeOrigin, events, restart } = context
  const { person, mesh, rooms, records, lists, ownDevices } = session
  const scope = createScope(() => mesh.drop('self-job-failed'))
  const isOnline = (): boolean => mesh.node.value === 'online' && account.passport.value === 'valid'
  const profile = (): NonNullable<ReturnType<typeof account.profile.peek>> => {
    const current = account.profile.peek()
    if (current === null) throw new ParleyError('passport-invalid')
    return current
  }
  const passport = (): string => profile().passport
  const onError = (error: unknown): void => {
    mesh.drop('backup-failed')
    if (error instanceof ParleyError && error.code === 'device-revoked') scope.run(account.check())
  }
  const parts = { api, passport, isOnline, rooms, store, records, ownDevices, scope }
  const siblings = (): readonly DeviceKey[] => records.record.peek().knownDevices.filter((known) => known !== device.key)
  const backup = createBackup({ ...parts, person, onError, onSaved: () => scope.run(notice.tell(siblings())) })
  const notice = createBackupNotice({
    mesh, scope,
    isOurs: (other) => siblings().includes(other),
    onNotice: () => { backup.update().catch(onError) }
  })
  const list = createDeviceList({ ...parts, lists, local: device.key, myUser: person.userKey })
  const changeOf = { account, store, rooms, local: device.key }
  const judge = createDeviceJudge({ lists, now: Date.now })
  const linking = await import('./linking.ts')
  const linkingContext = { mesh, localKey: device.key, accountId: profile().accountId, nodeOrigin, scope }

  let certified: CertificateRecord | null = null
  const offering = person.rootEntropy === null ? null : linking.createOffering(linkingContext, {
    isRevoked: (other) => lists.isRevoked(person.userKey, other),
    async handover (linked, encryptionKey) {
      const { rootEntropy } = person
      if (rootEntropy === null) throw new ParleyError('root-key-missing')
      const keys = [...rooms.all.peek().values()].map(({ log, room }) => keysOf(log, room.summary.peek().name)).filter((known) => known !== null)
      const signed = lists.newestOf(person.userKey), renewal = await certify(rootEntropy, linked, encryptionKey, Date.now())
      certified = { device: linked, encryptionKey, ...renewal }
      return {
        grant: {
          userKey: person.userKey,
          ...renewal,
          list: signed === null ? null : encodeDeviceList(signed),
          backupKey: person.backupKey,
          devices: [...new Set([...records.record.peek().knownDevices, device.key])]
        },
        rooms: keys.map((known) => encodeCbor(roomKeysFields(shortened(known))))
      }
    },
    async linked (linked, member) {
      await records.change(({ knownDevices }) => ({ knownDevices: [...new Set([...knownDevices, device.key, linked])] }))
      if (certified?.device === linked) await ownDevices.linked(certified)
      for (const { log } of rooms.all.peek().values()) {
        // One room that cannot be written to now is entered later, by asking whoever is there.
        if (log.membership.peek().memberOf(device.key) !== null) await admitDevice(log, member, linked, judge).catch(() => mesh.drop('link-room-failed'))
      }
      scope.run(list.refresh())
    }
  })

  scope.defer(watchNames({ rooms, records, onChanged: (name) => events.emit('trouble', { error: new ParleyError('key-changed', { details: { name } }) }) }))
  // A device that finds itself put out of a room while its person stays asks the node whether it was signed out.
  let isOut = false
  scope.defer(effect(() => {
    const now = [...rooms.all.value.values()].some(({ room }) => room.summary.value.standing === 'revoked')
    if (now && !isOut && mesh.node.value === 'online') scope.run(account.check())
    isOut = now
  }))
  if (!records.record.peek().knownDevices.includes(device.key)) {
    await records.change(({ knownDevices }) => ({ knownDevices: [...knownDevices, device.key] }))
  }
  backup.start()
  renewDevices({ rooms, ownDevices, myUser: person.userKey, scope })
  const verification = createVerification({ rooms, lists, now: Date.now })

  return {
    stop: () => scope.end(),
    devices: list.devices,
    holdsRootKey: signal(person.rootEntropy !== null),
    recoveryConfirmedAt: computed(() => records.record.value.recoveryConfirmedAt),
    recoveryWords: signal(person.rootEntropy === null ? null : async () => (await import('./words.ts')).wordsOf(person.rootEntropy ?? new Uint8Array())),
    confirmRecoveryWords: async () => await records.change(() => ({ recoveryConfirmedAt: Date.now() })),
    async recover (words) {
      const rootEntropy = (await import('./words.ts')).entropyOf(words)
      const [userKey, backupKey] = [await userKeyOf(rootEntropy), await backupKeyOf(rootEntropy)]
      requireFree(session, userKey)
      const { sealed } = await api.backup(passport(), await backupIdOf(backupKey))
      const found = await openBackup(backupKey, fromBase64Url(sealed)).then(decodeBackup).catch((cause: unknown) => {
        // The node gives back something else than was put there.
        throw new ParleyError('backup-missing', { cause })
      })
      await becomePerson(changeOf, {
        userKey, profile: { rootEntropy, linked: null }, rooms: found.rooms,
        record: { recoveryConfirmedAt: Date.now(), verified: found.verified, knownDevices: found.devices }
      })
      await restart()
      return { rooms: found.rooms.length }
    },
    offerLink: signal(offering === null ? null : () => offering.offer()),
    async acceptLink (code, { signal: abort } = {}) {
      let count = 0
      await linking.acceptLink(code, linkingContext, {
        encryptionKey: device.encryptionKey,
        signal: abort,
        async keep ({ grant, rooms: handed }) {
          requireFree(session, grant.userKey)
          const keys = handed.map((bytes) => readRoomKeys(decodeCbor(bytes)))
          count = keys.length
          const { userKey, certificate, issuedAt, backupKey } = grant
          // Who holds the root key already keeps it.
          const held = person.userKey === userKey ? person.rootEntropy : null
          await becomePerson(changeOf, {
            userKey, rooms: keys, record: { knownDevices: grant.devices },
            profile: { rootEntropy: held, linked: { userKey, certificate, issuedAt, backupKey } }
          })
          if (grant.list !== null) await lists.take(decodeDeviceList(grant.list))
          return encodeShown(await describeDevice(grant, device, profile().name ?? ''))
        }
      })
      await restart()
      return { rooms: count }
    },
    revokeDevice: async (key) => await list.revoke(key),
    async exportProfile (passphrase, { onProgress } = {}) {
      const { exportProfile } = await import('./export.ts')
      return await exportProfile({ person, name: profile().name ?? '', rooms, records, passphrase, onProgress })
    },
    async importProfile (file, passphrase, { onProgress } = {}) {
      const { importProfile } = await import('./import.ts')
      return await importProfile({ session, change: changeOf, file, passphrase, restart, onProgress })
    },
    async safetyNumber (user) {
      await verification.require(user)
      return await (await import('./safety-number.ts')).safetyNumberOf(person.userKey, user)
    },
    isVerified: (user) => computed(() => records.record.value.verified.some((entry) => entry.user === user && entry.isVerified)),
    async setVerified (user, isVerified) {
      if (isVerified) await verification.require(user)
      await records.change(({ verified }) => ({
        verified: [...verified.filter((entry) => entry.user !== user), { user, name: nameOf(user), isVerified, changedAt: Date.now() }]
      }))
    }
  }

  function nameOf (user: UserKey): string {
    for (const { log } of rooms.all.peek().values()) {
      const name = log.membership.peek().members.get(user)?.name
      if (name !== undefined) return name
    }
    return ''
  }
}
