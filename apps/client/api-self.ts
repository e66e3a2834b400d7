/** The public types about the person and this device: devices, recovery, export, storage. */
import type { ReadonlySignal } from '@preact/signals-core'
import type { ParleyError } from '#shared/errors.ts'
import type { DeviceKey, RoomTag, UserKey } from '#shared/ids.ts'

export interface StorageUse {
  /** Bytes used by this origin as the host estimates it, and its limit; null where the host does not tell. */
  usedBytes: number | null
  quotaBytes: number | null
  /** Whether the host has promised not to clear it under storage pressure. */
  isPersisted: boolean
  /** Largest first. */
  rooms: { tag: RoomTag, name: string, messages: number, bytes: number }[]
}

export interface Self {
  readonly devices: ReadonlySignal<readonly OwnDevice[]>
  /** Whether this device holds the root key: it can link further devices and show the recovery words. */
  readonly holdsRootKey: ReadonlySignal<boolean>
  /** Null until the person has said that the words are written down. */
  readonly recoveryConfirmedAt: ReadonlySignal<number | null>
  /** The twelve words. Null where this device does not hold the root key. */
  readonly recoveryWords: ReadonlySignal<(() => Promise<readonly string[]>) | null>
  confirmRecoveryWords(): Promise<void>
  /** Becomes this person again from the words, as a new device. Rejects with `words-wrong`, `backup-missing`, `node-unreachable`. */
  recover(words: string): Promise<{ rooms: number }>
  /** Shows a code that a new device of the same person enters. Null where this device cannot link others. */
  readonly offerLink: ReadonlySignal<(() => LinkOffer) | null>
  /** On the new device: takes a code (or the text of its QR). Rejects with `link-code-wrong`, `link-expired`, `device-limit`, `node-unreachable`. */
  acceptLink(code: string, options?: { signal?: AbortSignal }): Promise<{ rooms: number }>
  /** Ends a device of this person in every room and at the node. */
  revokeDevice(device: DeviceKey): Promise<void>
  /** Everything of this person, sealed under a passphrase. */
  exportProfile(passphrase: string, options?: { onProgress?: (done: number, total: number) => void }): Promise<Blob>
  /** Rejects with `export-damaged`, `export-foreign`, `passphrase-wrong`. Always as this, a new device. */
  importProfile(file: Blob, passphrase: string, options?: { onProgress?: (done: number, total: number) => void }): Promise<{ rooms: number, messages: number }>
  /** Sixty digits in groups of five that are the same on both people's devices. */
  safetyNumber(user: UserKey): Promise<string>
  /** Whether this person has compared the safety number with somebody and said that it fits. */
  isVerified(user: UserKey): ReadonlySignal<boolean>
  setVerified(user: UserKey, isVerified: boolean): Promise<void>
}

export interface OwnDevice {
  device: DeviceKey
  /** As the node lists it, e.g. "Chromium on Linux"; null while the node cannot be asked. */
  label: string | null
  isThis: boolean
  lastSeenAt: number | null
}

export interface LinkOffer {
  /** Eight characters or more in groups, easy to type. */
  readonly code: string
  /** What a QR code of it holds. */
  readonly url: string
  readonly state: ReadonlySignal<
    | { status: 'waiting', expiresAt: number }
    | { status: 'linking' }
    | { status: 'linked', device: DeviceKey }
    | { status: 'failed', error: ParleyError }>
  cancel(): void
}
