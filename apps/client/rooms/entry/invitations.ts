/** Invitations of one room: made here, left at the node so that they work while nobody is there, withdrawn. */
import { computed, type ReadonlySignal } from '@preact/signals-core'
import { ParleyError } from '#shared/errors.ts'
import type { EnvelopeId, InviteId, RoomTag, UserKey } from '#shared/ids.ts'
import { formatInvite, INVITE_SECRET_BYTES } from '#shared/invite.ts'
import { showableTime } from '#shared/time.ts'
import { commitToAccess } from '#shared/wire/link-proof.ts'
import type { RoomKeys } from '#shared/wire/rendezvous-proof.ts'
import type { CreatedInvite, InviteOptions } from '../../api.ts'
import type { RoomEntry } from './facet.ts'
import { keyPairFromSecret, type Epoch } from '../../crypto/index.ts'
import type { JoinProof } from '../../protocols/join/index.ts'
import { secretsForNewcomer } from '../log/epochs/key-bundle.ts'
import { encodeShown, type ShownRecord } from '../membership/operation-codec.ts'
import { computeInviteId, proofBytes } from '../membership/operations.ts'
import type { RoomLog } from '../log/room-log.ts'
import { requestKeyOf } from './at-node/sealed-request.ts'
import { sealWelcome, type SealedWelcome } from './at-node/sealed-welcome.ts'
import type { Shelf } from './at-node/shelf.ts'

const INVITE_TTL_MS = 7 * 24 * 3_600_000
const INVITE_CONTEXT = 'parley/invite/1'
/** Announcements of one invitation that are revoked in one go. */
const REVOKED_AT_ONCE = 8

/** The key pair that everybody with the link can derive. */
export async function inviteKeys (secret: Uint8Array<ArrayBuffer>): Promise<{ id: InviteId, privateKey: CryptoKey, publicKey: Uint8Array<ArrayBuffer> }> {
  const { privateKey, publicKey } = await keyPairFromSecret(secret, INVITE_CONTEXT)
  return { id: await computeInviteId(publicKey), privateKey, publicKey }
}

/** A joiner's answer to a challenge: of use for these keys in this room only. */
export async function proveInvite (
  secret: Uint8Array<ArrayBuffer>, roomTag: RoomTag, challenge: Uint8Array<ArrayBuffer>, member: ShownRecord
): Promise<JoinProof> {
  const { privateKey } = await inviteKeys(secret)
  const signature = new Uint8Array(await crypto.subtle.sign('Ed25519', privateKey, proofBytes(roomTag, challenge, member)))
  return { member: encodeShown(member), signature }
}

export type Invitations = Pick<RoomEntry, 'invite' | 'invites' | 'revokeInvite'> & {
  /** As `invite`, and answers the secret too: for a link that travels another way. */
  create(options: InviteOptions): Promise<CreatedInvite & { secret: Uint8Array<ArrayBuffer> }>
}

export interface InvitationsOptions {
  log: RoomLog
  /** The room's access key. */
  keys: RoomKeys
  shelf: Shelf
  myUser: UserKey
  nodeOrigin: string
  now: () => number
  /** The epoch the room began with. */
  first: () => Epoch
  names: () => { room: string, me: string }
  /** Secrets of the invitations that were made on this device. */
  secrets: ReadonlySignal<Readonly<Record<string, Uint8Array<ArrayBuffer>>>>
  /** Passes that links of this device carry. */
  passes: ReadonlySignal<Readonly<Record<string, Uint8Array<ArrayBuffer>>>>
  keepSecret(id: InviteId, secret: Uint8Array<ArrayBuffer>, pass: Uint8Array<ArrayBuffer> | null): Promise<void>
  /** What lets newcomers have an account at the node; null where they need none. */
  givePass(wish: { expiresAt: number, maxUses: number | null }): Promise<Uint8Array<ArrayBuffer> | null>
}

export async function createInvitations (options: InvitationsOptions): Promise<Invitations> {
  const { log, shelf, myUser, now } = options
  const access = await commitToAccess(options.keys.publicKey)
  const rights = computed(() => log.membership.value.rightsOf(myUser))

  const linkOf = (secret: Uint8Array<ArrayBuffer>, pass: Uint8Array<ArrayBuffer> | null): string => {
    const names = options.names()
    const invite = { nodeOrigin: options.nodeOrigin, roomTag: log.roomTag, secret, access, roomName: names.room, inviterName: names.me }
    return formatInvite(pass === null ? invite : { ...invite, pass })
  }

  /** What whoever has the link finds at the node: the room's keys, or, where somebody has to approve, what a request is sealed under. */
  const welcomeFor = async (inviteId: InviteId, needsApproval: boolean, expiresAt: number): Promise<SealedWelcome> => {
    const first = options.first()
    return needsApproval
      ? { type: 'approval', expiresAt, requestKey: await requestKeyOf(first.parts.logSecret, { roomTag: log.roomTag, inviteId }) }
      : { type: 'keys', expiresAt, firstEpochId: first.epochId, secrets: secretsForNewcomer(log, null, { isLeft: true }) }
  }

  /** A pass is for links that people are given: what travels another way reaches those who have an account. */
  const make = async (
    { expiresInMs = INVITE_TTL_MS, maxUses = null, role = 'member', needsApproval = false, worksOffline = true }: InviteOptions, carriesPass: boolean
  ): Promise<CreatedInvite & { secret: Uint8Array<ArrayBuffer> }> => {
    if (!rights.peek().inviteRoles.includes(role)) throw new ParleyError('not-allowed')
    const secret = crypto.getRandomValues(new Uint8Array(INVITE_SECRET_BYTES))
    const { id, publicKey } = await inviteKeys(secret)
    const expiresAt = now() + expiresInMs
    // Before the invitation is announced: without its pass the link would fail those it is made for.
    const pass = carriesPass ? await options.givePass({ expiresAt: Math.round(expiresAt), maxUses }) : null
    await log.writeOperation({ type: 'invite', inviteId: id, publicKey, role, expiresAt, maxUses, needsApproval })
    await options.keepSecret(id, secret, pass)
    if (worksOffline || needsApproval) {
      const welcome = await welcomeFor(id, needsApproval, expiresAt)
      await shelf.leaveWelcome(id, expiresAt, await sealWelcome(secret, { roomTag: log.roomTag, inviteId: id }, welcome, options.keys))
    }
    return { id, link: linkOf(secret, pass), expiresAt, maxUses, role, needsApproval, secret }
  }

  return {
    create: async (given) => await make(given, false),
    invite: computed(() => rights.value.inviteRoles.length === 0 ? null : async (given: InviteOptions = {}) => {
      const { secret: _, ...invite } = await make(given, true)
      return invite
    }),
    invites: computed(() => [...log.membership.value.invites.values()]
      .filter((invite) => !invite.isRevoked && invite.expiresAt > now() && (invite.maxUses === null || invite.uses < invite.maxUses))
      .map(({ id, expiresAt, maxUses, uses, createdBy, role, needsApproval }) => {
        const secret = options.secrets.value[id]
        return { id, link: secret === undefined ? null : linkOf(secret, options.passes.value[id] ?? null), expiresAt: showableTime(expiresAt), maxUses, uses, createdBy, role, needsApproval }
      })),
    async revokeInvite (id) {
      const invite = log.membership.peek().invites.get(id)
      if (invite === undefined) throw new ParleyError('not-found')
      // One revocation may close several announcements. The limit keeps repeated announcements from causing as many writes.
      const tried = new Set<EnvelopeId>()
      while (tried.size < REVOKED_AT_ONCE) {
        const open = log.membership.peek().announcements.get(id)?.find(({ isRevoked, announcement }) => !isRevoked && !tried.has(announcement))
        if (open === undefined) break
        tried.add(open.announcement)
        await log.writeOperation({ type: 'revoke-invite', inviteId: id, announcement: open.announcement })
      }
      await shelf.withdrawWelcome(id)
      // RULE: whoever has read the room by the link's welcome reads nothing that is said after the link was withdrawn.
      if (!invite.needsApproval) await log.rotate()
    }
  }
}
