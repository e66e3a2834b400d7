/**
 * A member of a room that floods it: the product's own session with its keys, in a process of its own, without what keeps it polite.
 *
 *     node hostile-member.ts <invite link> <e-mail> <name>
 *
 * Reads lines: first the code that was mailed, then floods, `typing 13600 1700` (kind, frames, frames a second). Kinds are those of `CONTENTS`,
 * `mixed` for all of them in turn, and `forged`. Writes `in` when it is a member, and `sent <kind>` after each flood.
 */
// Has to come first: the store takes whatever IndexedDB it finds when it is loaded.
import 'fake-indexeddb/auto'
import { createInterface } from 'node:readline'
import { parseInvite } from '#shared/invite.ts'
import { fromHex, type DevTag, type UserKey } from '#shared/ids.ts'
import { encodeCbor } from '#shared/wire/cbor.ts'
import { concat } from '#shared/wire/envelope.ts'
import { encodeGossipFrame, ephemeralSignedBytes, topicOf } from '#shared/wire/gossip.ts'
import { createAccount } from '../../../client/account.ts'
import { openVault, sealFrame } from '../../../client/crypto/index.ts'
import { loadDevice, personOf } from '../../../client/identity/index.ts'
import { createMesh, type Libp2pMesh } from '../../../client/mesh/index.ts'
import { createNodeApi } from '../../../client/node-api/index.ts'
import { openSession } from '../../../client/session.ts'
import { createEvents } from '../../../client/state/events.ts'
import { openDatabase } from '../../../client/store/index.ts'
import { createHeadlessPlatform } from '../../../friend/platform.ts'
import { until } from '../../../friend/until.ts'
import { signal } from '@preact/signals-core'

const [link = '', email = '', name = ''] = process.argv.slice(2)
const JOIN_TIME_LIMIT_MS = 120_000
/** So many frames are sealed side by side. */
const AT_ONCE = 25

const lines = createInterface(process.stdin)[Symbol.asyncIterator]()
const nextLine = async (): Promise<string | null> => {
  const { value, done } = await lines.next()
  return done === true ? null : value
}
const say = (line: string): void => { process.stdout.write(`${line}\n`) }

const invite = parseInvite(link)
const platform = createHeadlessPlatform()
const database = await openDatabase('hostile')
const device = await loadDevice(database)
const store = database.withVault(await openVault(null, null, async () => {}))
const api = createNodeApi({ origin: invite.nodeOrigin, deviceKey: device.signing })
const account = createAccount({ api, store, device, platform, nodeOrigin: invite.nodeOrigin })
await account.load()
await account.requestCode(email)
await account.verifyCode(email, await nextLine() ?? '')
await account.chooseName(name)

let mesh: Libp2pMesh | null = null
const session = await openSession({
  account, database, store, device, platform,
  nodeOrigin: invite.nodeOrigin, iceServers: [], events: createEvents(), myName: signal(name),
  buildMesh: async (options) => mesh = await createMesh(options)
})
await session.connect()
await until(session.joining.join(invite).state, ({ status }) => status === 'joined', { timeoutMs: JOIN_TIME_LIMIT_MS })
const { pubsub } = (mesh as Libp2pMesh | null)!.libp2p.services
const { log } = session.rooms.get(invite.roomTag)!
const { userKey } = await personOf(account.profile.peek()!, device)
await until(log.membership, (membership) => membership.memberOf(device.key) !== null && log.keyring.forSending(membership) !== null, { timeoutMs: JOIN_TIME_LIMIT_MS })
say('in')

type Content = Parameters<typeof encodeCbor>[0]

/** Contents of each kind, other ones each time where that makes a difference. */
const CONTENTS: Readonly<Record<string, (nth: number) => Content>> = {
  typing: (nth) => [0, nth],
  receipt: (nth) => [1, [...log.vector().keys()].slice(0, 20).map((devTag: DevTag) => [fromHex(devTag), 1, 1 + nth])],
  read: (nth) => [2, [...log.vector().keys()].slice(0, 20).map((devTag: DevTag) => [fromHex(devTag), 1 + nth])],
  call: (nth) => [8, Date.now(), nth % 2 === 0 ? 1 : null],
  ring: (nth) => [9, fromHex(userKey satisfies UserKey), nth % 5],
  unknown: (nth) => [4000, nth]
}

async function frameOf (kind: string, nth: number): Promise<Uint8Array> {
  const epoch = log.keyring.forSending(log.membership.peek())!
  const all = Object.values(CONTENTS)
  const content = (CONTENTS[kind] ?? all[nth % all.length]!)(nth)
  const sealed = concat(fromHex(epoch.epochId), await sealFrame(epoch.messageKey!, invite.roomTag, device.key, encodeCbor(content)))
  // Named as another member: what is forged in the name of somebody else must not cost them anything.
  const victim = [...log.membership.peek().authors.values()].find((author) => author.device !== device.key)?.device ?? device.key
  if (kind === 'forged') return encodeGossipFrame({ type: 'ephemeral', sealed, device: victim, signature: crypto.getRandomValues(new Uint8Array(64)) })
  const signature = new Uint8Array(await crypto.subtle.sign('Ed25519', device.signing.privateKey, ephemeralSignedBytes(invite.roomTag, sealed)))
  return encodeGossipFrame({ type: 'ephemeral', sealed, device: device.key, signature })
}

async function flood (kind: string, frames: number, perSecond: number): Promise<void> {
  const topic = topicOf(invite.roomTag)
  const startedAt = performance.now()
  for (let nth = 0; nth < frames; nth += AT_ONCE) {
    const batch = await Promise.all(Array.from({ length: AT_ONCE }, async (_, i) => await frameOf(kind, nth + i)))
    await Promise.allSettled(batch.map(async (frame) => await pubsub.publish(topic, frame)))
    const aheadMs = (nth + AT_ONCE) / perSecond * 1000 - (performance.now() - startedAt)
    if (aheadMs > 0) await new Promise((resolve) => { setTimeout(resolve, aheadMs) })
  }
  say(`sent ${kind} ${frames} in ${Math.round(performance.now() - startedAt)} ms`)
}

for (let line = await nextLine(); line !== null; line = await nextLine()) {
  const [kind = '', frames = '0', perSecond = '1'] = line.split(' ')
  await flood(kind, Number(frames), Number(perSecond))
}
process.exit(0)
