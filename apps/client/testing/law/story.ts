/** A room's history told step by step, for tests: everybody knows everything unless said otherwise. */
import type { DeviceKey, EnvelopeId, InviteId, UserKey } from '#shared/ids.ts'
import type { Role, RoomPolicy } from '../../api.ts'
import { DEFAULT_POLICY } from '../../rooms/membership/operations.ts'
import { decide, type Decision } from '../../rooms/membership/law/decide.ts'
import type { Act, Cut, LawOperation } from '../../rooms/membership/law/operation.ts'
import { inPast, pastOfAll } from '../../rooms/membership/law/graph.ts'
import { rankAt } from '../../rooms/membership/law/level.ts'

export interface Step { id: EnvelopeId }

export interface Knowing {
  /** All that the author knew; everything written so far when left out. */
  knows?: readonly Step[]
  /** The operation of their own that the author goes on from; their last when left out, null for none: as a copy of the device that knows less. */
  after?: Step | null
  device?: string
}

const user = (name: string): UserKey => name as UserKey
const deviceOf = (name: string): DeviceKey => name as DeviceKey

export function tellStory (creator = 'anna') {
  const history: LawOperation[] = []
  const write = (author: string, act: Act, { knows, after, device = author }: Knowing = {}): Step => {
    const last = history.findLast((one) => one.device === device)
    const previous = after === undefined ? last?.id ?? null : after?.id ?? null
    const id = `${history.length.toString().padStart(3, '0')} ${author} ${act.type}` as EnvelopeId
    const heads = [...previous === null ? [] : [previous], ...knows?.map((step) => step.id) ?? history.map((one) => one.id)]
    history.push({ id, device: deviceOf(device), heads: [...new Set(heads)], act })
    return { id }
  }
  const termsOf = (invite: Step | null): { invite: InviteId | null, role: Role, announcement?: EnvelopeId } => {
    const act = history.find(({ id }) => id === invite?.id)?.act
    return act?.type === 'invite' ? { invite: act.invite, role: act.role, announcement: invite?.id ?? '' as EnvelopeId } : { invite: null, role: 'member' }
  }
  const cutAt = (cut: readonly Step[] | undefined): Cut => cut?.map(({ id }) => id) ?? null
  const reply = (author: string, creatorThen: string, { accepts = true, ...knowing }: Knowing & { accepts?: boolean } = {}): Step =>
    write(author, { type: 'consent', creator: user(creatorThen), accepts }, knowing)
  const story = {
    history,
    create: (policy: Partial<RoomPolicy> = {}): Step =>
      write(creator, { type: 'create', user: user(creator), kind: 'group', peer: null, policy: { ...DEFAULT_POLICY, ...policy } }),
    createDirect: (peer: string): Step => write(creator, { type: 'create', user: user(creator), kind: 'direct', peer: user(peer), policy: DEFAULT_POLICY }),
    invite: (author: string, { role = 'member', maxUses = null, needsApproval = false, ...knowing }: Knowing & { role?: Role, maxUses?: number | null, needsApproval?: boolean } = {}): Step =>
      write(author, { type: 'invite', invite: `invite ${history.length}` as InviteId, role, maxUses, needsApproval }, knowing),
    admit: (author: string, newcomer: string, invite: Step | null, { as = newcomer, ...knowing }: Knowing & { as?: string } = {}): Step =>
      write(author, { type: 'add', user: user(newcomer), device: deviceOf(as), ...termsOf(invite) }, knowing),
    give: (author: string, target: string, role: Role, { cut, ...knowing }: Knowing & { cut?: readonly Step[] } = {}): Step =>
      write(author, { type: 'role', user: user(target), role, cut: cutAt(cut) }, knowing),
    remove: (author: string, target: string, { cut, isBan = false, ...knowing }: Knowing & { cut?: readonly Step[], isBan?: boolean } = {}): Step =>
      write(author, { type: 'remove', user: user(target), isBan, cut: cutAt(cut) }, knowing),
    unban: (author: string, target: string, knowing: Knowing = {}): Step => write(author, { type: 'unban', user: user(target) }, knowing),
    mute: (author: string, target: string, knowing: Knowing = {}): Step => write(author, { type: 'mute', user: user(target), isMuted: true, cut: null }, knowing),
    leave: (author: string, knowing: Knowing = {}): Step => write(author, { type: 'leave', user: user(author) }, knowing),
    consent: reply,
    /** With a consent of its own where none is given. */
    handOver (author: string, to: string, { consent = reply(to, author), ...knowing }: Knowing & { consent?: Step } = {}): Step {
      const known = knowing.knows === undefined ? {} : { knows: [...knowing.knows, consent] }
      return write(author, { type: 'hand-over', user: user(to), consent: consent.id }, { ...knowing, ...known })
    },
    revoke: (author: string, invite: Step, knowing: Knowing = {}): Step =>
      write(author, { type: 'revoke-invite', invite: termsOf(invite).invite ?? '' as InviteId, announcement: invite.id }, knowing),
    /** The same invitation once more, on these terms. */
    announceAgain: (author: string, invite: Step, { role = 'member', maxUses = null, needsApproval = false, ...knowing }: Knowing & { role?: Role, maxUses?: number | null, needsApproval?: boolean } = {}): Step =>
      write(author, { type: 'invite', invite: termsOf(invite).invite ?? '' as InviteId, role, maxUses, needsApproval }, knowing),
    decree: (author: string, policy: Partial<RoomPolicy>, knowing: Knowing = {}): Step =>
      write(author, { type: 'policy', policy: { ...DEFAULT_POLICY, ...policy } }, knowing),
    enter: (author: string, device: string, { of = author, ...knowing }: Knowing & { of?: string } = {}): Step =>
      write(author, { type: 'adddev', user: user(of), device: deviceOf(device) }, knowing),
    putOut: (author: string, device: string, { cut, ...knowing }: Knowing & { cut?: readonly Step[] } = {}): Step =>
      write(author, { type: 'rmdev', device: deviceOf(device), cut: cutAt(cut) }, knowing),
    act: (author: string, knowing: Knowing = {}): Step => write(author, { type: 'own' }, knowing),
    /** A room with these people in it, each by a link of the creator's. */
    roomOf: (people: Record<string, Role>, policy: Partial<RoomPolicy> = {}): Step => {
      story.create(policy)
      const invite = story.invite(creator)
      for (const [name, role] of Object.entries(people)) {
        story.admit(creator, name, invite)
        if (role !== 'member') story.give(creator, name, role)
      }
      return invite
    },
    decide: (): Decision => decide(history),
    counts (step: Step): boolean {
      const { graph, facts } = decide(history)
      return facts.counts(graph.positionOf(step.id) ?? -1)
    },
    /** Null for who is not in the room. The creator is an owner, and so is an heir. */
    roleOf (name: string, knowing?: readonly Step[]): Role | null {
      const { graph, facts, judge } = decide(history)
      const known = knowing?.map(({ id }) => graph.positionOf(id) ?? -1)
      const level = judge.standing.levelOf(user(name), inPast(pastOfAll(graph, known ?? facts.counted)))
      const rank = rankAt(level)
      return rank < 0 ? null : (['observer', 'member', 'moderator', 'admin', 'owner'] as const)[rank] ?? null
    },
    people: (): string => {
      const names = new Set(history.flatMap(({ act }) => 'user' in act ? [act.user as string] : []))
      return [...names].flatMap((name) => {
        const role = story.roleOf(name)
        return role === null ? [] : [`${name} ${role}`]
      }).join(', ')
    }
  }
  return story
}
