import { expect, it } from 'vitest'
import type { DeviceKey, EpochId, RoomTag, UserKey } from '#shared/ids.ts'
import { BACKUP_MAX_BYTES } from '#shared/limits.ts'
import { backupKeyOf, createRootEntropy } from '../identity/index.ts'
import type { RoomKeys } from '../rooms/room-keys.ts'
import { backupIdOf, decodeBackup, encodeBackup, openBackup, sealBackup, type Backup } from './backup-format.ts'

const idOf = (n: number): string => n.toString(16).padStart(32, '0')
const roomOf = (n: number, epochs: number): RoomKeys => ({
  tag: idOf(n) as RoomTag, name: `Room ${n}`, createdAt: 5 + n, firstEpochId: idOf(1) as EpochId,
  epochs: Array.from({ length: epochs }, (_, i) => ({
    epochId: idOf(i + 1) as EpochId, logSecret: new Uint8Array(32).fill(i & 255), messageSecret: i % 3 === 2 ? null : new Uint8Array(32).fill(9),
    messageCommitment: new Uint8Array(32).fill(8)
  }))
})
const backup: Backup = {
  rooms: [roomOf(1, 3), roomOf(2, 1)],
  verified: [{ user: 'ab'.repeat(32) as UserKey, name: 'Bob', isVerified: true, changedAt: 7 }],
  devices: ['aa'.repeat(32) as DeviceKey, 'bb'.repeat(32) as DeviceKey]
}

it('comes back as it was sealed', async () => {
  const key = await backupKeyOf(createRootEntropy())
  expect(decodeBackup(await openBackup(key, await sealBackup(key, encodeBackup(backup))))).toEqual(backup)
})

it('is the same for the same content, in whatever order it was learned', () => {
  const [first, second] = backup.rooms as [RoomKeys, RoomKeys]
  const other: Backup = {
    rooms: [second, { ...first, epochs: first.epochs.toReversed() }], verified: backup.verified, devices: backup.devices.toReversed()
  }
  expect(encodeBackup(other)).toEqual(encodeBackup(backup))
})

it('carries what the root key says of the devices, the same in whatever order, and nothing where there is nothing', () => {
  const [one, two] = backup.devices as [DeviceKey, DeviceKey]
  const certificateOf = (device: DeviceKey, fill: number) =>
    ({ device, encryptionKey: new Uint8Array(32).fill(fill), issuedAt: fill, certificate: new Uint8Array(64).fill(fill) })
  const news: Backup['news'] = {
    list: { user: 'ab'.repeat(32) as UserKey, version: 2, issuedAt: 3, devices: [one], revoked: [two], signature: new Uint8Array(64).fill(4) },
    certificates: [certificateOf(one, 5), certificateOf(two, 6)],
    wishes: [{ device: one, by: two, signature: new Uint8Array(64).fill(7) }]
  }
  expect(decodeBackup(encodeBackup({ ...backup, news }))).toEqual({ ...backup, news })
  expect(encodeBackup({ ...backup, news: { ...news, certificates: news.certificates.toReversed() } })).toEqual(encodeBackup({ ...backup, news }))
  expect(encodeBackup({ ...backup, news: { list: null, certificates: [], wishes: [] } })).toEqual(encodeBackup(backup))
})

it('opens with no other words, changed nowhere, and not under another id', async () => {
  const [hers, his] = [await backupKeyOf(createRootEntropy()), await backupKeyOf(createRootEntropy())]
  const sealed = await sealBackup(hers, encodeBackup(backup))
  expect(await backupIdOf(hers)).not.toBe(await backupIdOf(his))
  await expect(openBackup(his, sealed)).rejects.toMatchObject({ reason: 'unopenable-backup' })
  for (const at of [1, 20, sealed.length - 1]) {
    const changed = sealed.slice()
    changed[at] = (changed[at] ?? 0) ^ 1
    await expect(openBackup(hers, changed)).rejects.toMatchObject({ reason: 'unopenable-backup' })
  }
  await expect(openBackup(hers, new Uint8Array())).rejects.toMatchObject({ reason: 'unopenable-backup' })
})

it('that would be too large keeps the first and the newest keys of each room, from which the others follow', () => {
  const many = encodeBackup({ ...backup, rooms: Array.from({ length: 40 }, (_, n) => roomOf(n, 400)) })
  expect(many.length).toBeLessThan(BACKUP_MAX_BYTES / 10)
  for (const { epochs } of decodeBackup(many).rooms) {
    expect(epochs.map(({ epochId }) => Number.parseInt(epochId, 16)).sort((a, b) => a - b)).toEqual([1, 393, 394, 395, 396, 397, 398, 399, 400])
  }
})

it('refuses what is none', () => {
  for (const bytes of [[], [0x80], [0x83, 0x80, 0x80], [0x83, 0x81, 0x80, 0x80, 0x80], [0xff]]) expect(() => decodeBackup(Uint8Array.from(bytes))).toThrow()
})
