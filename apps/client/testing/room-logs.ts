/**
 * The logs of one room on several devices, with real keys and stores of their own and nothing between them: what the tests of a room's
 * log are told on. Entries travel when a test says so.
 *
 * @example
 *   const { alice, bob } = await openKitchen()
 *   await alice.log.writeMessage(encodeText('hello'))
 *   await copy(alice, bob)
 */
import type { EpochId, RoomTag, UserKey } from '#shared/ids.ts'
import { assembleEnvelope, encodeHeader, markVerified, signedBytes, type EnvelopeHeader, type VerifiedEnvelope } from '#shared/wire/envelope.ts'
import { highestOf } from '#shared/wire/sync/ranges.ts'
import { createEpoch, openVault, sealBody, type Epoch } from '../crypto/index.ts'
import { certifyDevice, createRootEntropy, loadDevice, userKeyOf, type Device } from '../identity/index.ts'
import { inviteKeys, proveInvite } from '../rooms/entry/invitations.ts'
import { readMessages } from '../rooms/messages/messages.ts'
import { computeRoomTag } from '../rooms/membership/operations.ts'
import type { Law } from '../rooms/membership/resolve.ts'
import { createRoomLog, type RoomLog } from '../rooms/log/room-log.ts'
import { openDatabase, type Database, type Store } from '../store/index.ts'
import { creationOf } from './membership-story.ts'

export interface LogHolder {
  readonly name: string
  readonly user: UserKey
  /** Of the person's root key. */
  readonly entropy: Uint8Array<ArrayBuffer>
  readonly device: Device
  readonly database: Database
  readonly store: Store
  readonly databaseName: string
  log: RoomLog
  /** Why something was not taken in, in order. */
  readonly dropped: string[]
  /** Reads the log again from the disk, as after a restart. */
  reload(): Promise<void>
  /** What is shown, oldest first: texts, and `†author` or `†moderator` for what was taken back. */
  shown(): Promise<string[]>
}

export interface Kitchen extends AsyncDisposable {
  tag: RoomTag
  alice: LogHolder
  bob: LogHolder
  carol: LogHolder
  /** Somebody who is not in the room and has nothing of it. */
  arrive(name: string): Promise<LogHolder>
  /** `by` writes that somebody is let in, and nothing else. */
  admit(by: LogHolder, joiner: LogHolder): Promise<void>
}

let profiles = 0
/** Of the length that ids of epochs had before protocol 3. */
export const SHORT_ID = '00'.repeat(16) as EpochId

export async function openKitchen ({ now = Date.now, isBlocked = () => false, lawOf = () => undefined, isOld = false }: {
  now?: () => number
  isBlocked?: (user: UserKey) => boolean
  /** By which rules somebody's device judges, by name; those of the product where it does not say. */
  lawOf?: (name: string) => Law | undefined
  /** Whether the room was begun before protocol 3, with short ids of epochs. */
  isOld?: boolean
} = {}): Promise<Kitchen> {
  const salt = crypto.getRandomValues(new Uint8Array(16))
  const opened: LogHolder[] = []
  let tag: RoomTag | null = null
  const arrive = async (name: string): Promise<LogHolder> => {
    const databaseName = `${name}-${++profiles}`
    const database = await openDatabase(databaseName)
    const device = await loadDevice(database)
    const store = database.withVault(await openVault(null, null, async (key) => await database.saveKey('vault', key)))
    const entropy = createRootEntropy()
    const dropped: string[] = []
    tag ??= await computeRoomTag(device.key, salt)
    const at = tag
    const load = async (): Promise<RoomLog> => {
      const log = createRoomLog({ tag: at, store, device, now, isBlocked, onDropped: (reason) => dropped.push(reason), law: lawOf(name) })
      await log.load()
      return log
    }
    const holder = {
      name, device, database, store, databaseName, dropped, entropy,
      user: await userKeyOf(entropy),
      log: await load(),
      async reload () { holder.log = await load() },
      async shown () {
        const rows = await store.entries.pageBefore(at, null, 1000)
        const messages = await readMessages(holder.log, store, rows.reverse())
        return messages.map(({ text, deleted }) => deleted === null ? text : `†${deleted}`)
      }
    }
    opened.push(holder)
    return holder
  }
  const [alice, bob, carol] = [await arrive('Alice'), await arrive('Bob'), await arrive('Carol')]
  const epoch: Epoch = await createEpoch(isOld ? SHORT_ID : undefined)
  for (const { log } of [alice, bob, carol]) await log.addEpochs([epoch])
  await alice.log.writeOperation(creationOf({ salt, creator: await certifyDevice(alice.entropy, alice.device, 'Alice') }), epoch)
  const secret = crypto.getRandomValues(new Uint8Array(16))
  const { id, publicKey } = await inviteKeys(secret)
  await alice.log.writeOperation({ type: 'invite', inviteId: id, publicKey, role: 'member', expiresAt: Number.MAX_SAFE_INTEGER, maxUses: null, needsApproval: false })
  const admit = async (by: LogHolder, joiner: LogHolder): Promise<void> => {
    const member = await certifyDevice(joiner.entropy, joiner.device, joiner.name)
    const challenge = crypto.getRandomValues(new Uint8Array(32))
    const { signature } = await proveInvite(secret, alice.log.roomTag, challenge, member)
    await by.log.writeOperation({ type: 'add', member, role: 'member', proof: { inviteId: id, challenge, signature } })
  }
  for (const joiner of [bob, carol]) await admit(alice, joiner)
  for (const joiner of [bob, carol]) await copy(alice, joiner)
  return {
    tag: alice.log.roomTag, alice, bob, carol, arrive, admit,
    async [Symbol.asyncDispose] () { for (const { database } of opened) await database.erase() }
  }
}

/** Everything that `from` holds, as it would be served. */
export async function entriesOf ({ log }: LogHolder): Promise<VerifiedEnvelope[]> {
  const entries: VerifiedEnvelope[] = []
  for (const { devTag, device } of log.vector().values()) {
    const held = await log.read(devTag, { from: 1, to: Number.MAX_SAFE_INTEGER }, { maxBytes: Number.MAX_SAFE_INTEGER })
    entries.push(...held.map((entry) => markVerified(entry, device)))
  }
  return entries.sort((a, b) => a.header.lamport - b.header.lamport)
}

/** Hands over what `from` holds, in causal order unless the test arranges it otherwise. */
export async function copy (from: LogHolder, to: LogHolder, arrange = (entries: VerifiedEnvelope[]) => entries): Promise<void> {
  await to.log.append(arrange(await entriesOf(from)))
}

/** Signs the next entry of `by` with whatever header fields the test chooses, and appends it to the log of `by`. */
export async function writeWith ({ device, log }: LogHolder, fields: Partial<EnvelopeHeader>, content: Uint8Array<ArrayBuffer>): Promise<VerifiedEnvelope> {
  const own = log.vector().get(log.devTag), membership = log.membership.value
  const epoch = fields.epochId === undefined ? log.keyring.forSending(membership) : log.keyring.get(fields.epochId)
  const key = fields.kind === 'operation' ? epoch?.logKey : epoch?.messageKey
  if (epoch === null || key == null) throw new Error('writes in an epoch whose keys it has')
  const header: EnvelopeHeader = {
    kind: 'message', roomTag: log.roomTag, devTag: log.devTag, seq: highestOf(own?.have ?? []) + 1, prev: own?.head ?? null,
    lamport: 1, sentAt: Date.now(), epochId: epoch.epochId, heads: membership.heads, ...fields
  }
  const headerBytes = encodeHeader(header)
  const unsigned = await assembleEnvelope({ header, headerBytes, body: await sealBody(key, headerBytes, content), signature: new Uint8Array(64) })
  const signature = new Uint8Array(await crypto.subtle.sign('Ed25519', device.signing.privateKey, signedBytes(unsigned.id)))
  const entry = markVerified({ ...unsigned, signature }, device.key)
  await log.append([entry])
  return entry
}
