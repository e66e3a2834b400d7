/** Writes down what an operation that counts says, as facts. */
import type { DeviceKey, UserKey } from '#shared/ids.ts'
import type { Ledger, RoleFact } from './ledger.ts'
import { rankOf, type MemberRecord, type Operation, type Rotation } from './operations.ts'
import type { View } from './view.ts'

/** @param at position of the operation; @param view what its author knew */
export function apply (ledger: Ledger, { body, device }: Operation, at: number, view: View): void {
  const author = view.memberOf(device)
  switch (body.type) {
    case 'create':
      ledger.add(ledger.creation, { at, kind: body.kind, peer: body.peer, parent: body.parent, creator: body.creator.user })
      ledger.add(ledger.names, { at, name: body.name, topic: body.topic })
      ledger.add(ledger.policies, { at, policy: body.policy })
      admit(ledger, body.creator, at, true)
      setRole(ledger, body.creator.user, { at, role: 'owner', cuts: [], isDemotion: false })
      ledger.add(ledger.epochs, { at, rotation: null, recipients: [device] })
      return
    case 'add': {
      const isNew = view.roleOf(body.member.user) === null
      if (isNew && body.proof !== null) ledger.add(ledger.invite(body.proof.inviteId).uses, { at, use: view.useOf(body.member.user) })
      admit(ledger, body.member, at, isNew)
      if (isNew) setRole(ledger, body.member.user, { at, role: body.role, cuts: [], isDemotion: false })
      return
    }
    case 'remove': {
      const facts = ledger.user(body.user)
      const isMember = view.roleOf(body.user) !== null
      if (body.rotation !== null) addEpoch(ledger, body.rotation, at, view, (holder) => holder === body.user)
      if (body.isBan) ledger.add(facts.bans, { at, isBanned: true })
      if (!isMember) return
      ledger.add(facts.removals, { at, cuts: body.cuts, period: view.admittedAt(body.user), isByItself: author === body.user })
      ledger.add(ledger.removals, { at })
      return
    }
    case 'invite': {
      const { inviteId, publicKey, role, expiresAt, maxUses, needsApproval } = body
      if (author === null) return
      ledger.add(ledger.invite(inviteId).made, { at, publicKey, role, expiresAt, maxUses, needsApproval, createdBy: author })
      return
    }
    case 'revoke-invite': ledger.add(ledger.invite(body.inviteId).revoked, { at }); return
    case 'rotate': addEpoch(ledger, body.rotation, at, view); return
    case 'profile': if (author !== null) ledger.add(ledger.user(author).names, { at, name: body.name }); return
    case 'role': {
      const isDemotion = rankOf(body.role) < view.rankOf(body.user)
      setRole(ledger, body.user, { at, role: body.role, cuts: body.cuts, isDemotion })
      // Whoever has inherited the room and names another owner stays one: the inheritance alone would end with that.
      if (body.role === 'owner' && author !== null && !view.isOwnerByName(author)) setRole(ledger, author, { at, role: 'owner', cuts: [], isDemotion: false })
      return
    }
    case 'adddev': grant(ledger, body.member, at); return
    case 'rmdev':
      addEpoch(ledger, body.rotation, at, view, (_, one) => one === body.device)
      ledger.add(ledger.device(body.device).burns, { at, cut: body.cut })
      ledger.add(ledger.removals, { at })
      return
    case 'enckey':
      ledger.add(ledger.device(device).keys, { at, encryptionKey: body.encryptionKey })
      ledger.add(ledger.removals, { at })
      return
    case 'policy': ledger.add(ledger.policies, { at, policy: body.policy }); return
    case 'rename': ledger.add(ledger.names, { at, name: body.name, topic: body.topic }); return
    case 'mute': ledger.add(ledger.user(body.user).mutes, { at, until: body.until, cuts: body.cuts }); return
    case 'unban': ledger.add(ledger.user(body.user).bans, { at, isBanned: false }); return
    case 'party':
      if (author === null) return
      ledger.add(ledger.parties, { at, tag: body.childTag, name: body.name, inviteSecret: body.inviteSecret, isVoice: body.isVoice, createdBy: author })
      return
    case 'unknown':
  }
}

function admit (ledger: Ledger, record: MemberRecord, at: number, isNew: boolean): void {
  const facts = ledger.user(record.user)
  ledger.add(facts.admissions, { at, isNew })
  ledger.add(facts.names, { at, name: record.name })
  grant(ledger, record, at)
}

function grant (ledger: Ledger, record: MemberRecord, at: number): void {
  ledger.add(ledger.device(record.device).grants, { at, user: record.user, record })
  const devices = ledger.devicesOf.get(record.user) ?? new Set<DeviceKey>()
  ledger.devicesOf.set(record.user, devices.add(record.device))
}

function setRole (ledger: Ledger, user: UserKey, fact: RoleFact): void {
  ledger.add(ledger.user(user).roles, fact)
  if (fact.role === 'owner') ledger.owners.add(user)
}

/** The epoch is for exactly the devices that are members where it stands, as its author knew, but those it removes. */
function addEpoch (
  ledger: Ledger, rotation: Rotation, at: number, view: View, isRemoved: (holder: UserKey | null, device: DeviceKey) => boolean = () => false
): void {
  const recipients = view.allDevices().filter((device) => !isRemoved(view.holderOf(device), device))
  ledger.add(ledger.epochs, { at, rotation, recipients })
}
