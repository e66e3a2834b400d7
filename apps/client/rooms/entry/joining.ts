/**
 * From an invite link to a room. While a member is there: proves the link and is handed keys and operations. While nobody is there: takes
 * the welcome that lies at the node, reads the room from the mailbox, and waits to be let in. What was begun goes on after a restart.
 */
import { signal, type ReadonlySignal, type Signal } from '@preact/signals-core'
import { ParleyError, type ErrorCode } from '#shared/errors.ts'
import type { DeviceKey, EpochId, RoomTag, UserKey } from '#shared/ids.ts'
import { cleanLine } from '#shared/names/clean-line.ts'
import type { Invite } from '#shared/invite.ts'
import { WireError } from '#shared/wire/cbor.ts'
import { clocksDiffer } from '../../clock.ts'
import type { JoinAttempt, JoinState } from '../../api.ts'
import type { Device } from '../../identity/index.ts'
import type { Mesh } from '../../mesh/types.ts'
import type { InvitationsApi } from '../../node-api/index.ts'
import type { JoinRecord, Store } from '../../store/index.ts'
import { UNPROVEN } from '../../protocols/join/index.ts'
import { createMutex } from '../../state/mutex.ts'
import { askMember, type JoinableRooms } from './ask-member.ts'
import { inviteKeys } from './invitations.ts'
import { createJoinAtNode, requestKeyFrom, toEpochs, type JoinAtNode } from './at-node/join-at-node.ts'
import type { ShownRecord } from '../membership/operation-codec.ts'
import { memberOf } from '../membership/resolve.ts'
import type { RoomLog } from '../log/room-log.ts'

/** Somebody who may admit can come at any moment; asking the node costs a hundred bytes. Rarer the longer it takes. */
const RETRY_MS = 1500
const RETRY_MAX_MS = 15_000
/** A member who has just come or has just made the room is found a moment later: better than to be read-only for that moment. */
const SECOND_LOOK_MS = 700
const LOOK_UP_TIMEOUT_MS = 5000

/** A link, or an open party room by the `parent` that announces it. */
export type JoinTarget = Pick<Invite, 'roomTag' | 'secret' | 'roomName' | 'inviterName'> & Partial<Pick<Invite, 'access'>> & Pick<JoinRecord, 'parent'>

export interface Joining {
  /** Starts, or returns the attempt for the same room that is under way. */
  join(target: JoinTarget): JoinAttempt
  /** Goes on with what was begun before. */
  resume(): Promise<void>
  stop(): void
}

export interface JoiningOptions {
  rooms: JoinableRooms
  mesh: Mesh
  device: Device
  myUser: UserKey
  store: Pick<Store, 'loadJoins' | 'saveJoins'>
  memberRecord: () => Promise<ShownRecord>
  now: () => number
  /** Local clock minus node clock, as it is now; null when the node has never told. */
  measureClock: () => Promise<number | null>
  api: (roomTag: RoomTag, keys: { privateKey: CryptoKey, publicKey: Uint8Array }) => InvitationsApi | null
  /** Rooms that this device reads and waits to be let into; written here. */
  waiting: Signal<ReadonlySet<RoomTag>>
  /** A wait that nobody looks at any more has ended in vain. */
  onRefused: (error: ParleyError) => void
  onTrouble: (error: unknown) => void
}

interface Running { attempt: JoinAttempt, state: Signal<JoinState>, controller: AbortController, join: JoinRecord }

/** What a round over everybody who is there has brought. */
type Round = 'in' | 'nobody' | 'pending' | ErrorCode

/** Refusals whose reason stands in the room's log: a device that reads the room believes the log instead of an answer. */
const SEEN_IN_LOG: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['banned', 'invite-revoked', 'invite-expired', 'invite-used-up'])

/**
 * Weighs what the members of a round have said; none of them lets in.
 * RULE: a moderator's decision ends the attempt, and a refusal that no other member contradicts. A member who may only have heard less (who does
 * not know the link, or has no room) ends it only when every other one was asked.
 * @param missed for each who could not be asked, what their version has to do with it
 */
function outcomeOf (said: readonly (ErrorCode | 'pending')[], missed: readonly (ErrorCode | null)[]): Round {
  if (said.includes('request-declined')) return 'request-declined'
  if (said.includes('pending')) return 'pending'
  const refusal = said.find((code) => code !== 'pending' && SEEN_IN_LOG.has(code))
  if (refusal !== undefined) return refusal
  const weaker = said.find((code) => code !== 'invite-refused') ?? said[0]
  if (weaker === undefined) return missed.find((trouble) => trouble !== null) ?? 'nobody'
  return missed.length === 0 ? weaker : 'nobody'
}

/** What keeps a member's device and this one from understanding each other; null when they do, or are not linked. */
function versionTrouble (mesh: Mesh, member: DeviceKey): ErrorCode | null {
  const protocol = mesh.links.peek().get(member)?.protocol ?? 'meets'
  return protocol === 'meets' ? null : protocol === 'peer-too-old' ? 'member-too-old' : 'client-too-old'
}

export function createJoining (options: JoiningOptions): Joining {
  const { rooms, mesh, device, myUser, store, waiting } = options
  const attempts = new Map<RoomTag, Running>()
  const saving = createMutex()
  const save = async (): Promise<void> => await saving(async () => await store.saveJoins([...attempts.values()].map(({ join }) => join)))
  const keep = async (running: Running, change: Partial<JoinRecord>): Promise<void> => {
    running.join = { ...running.join, ...change }
    await save()
  }

  const membershipOf = (tag: RoomTag) => rooms.get(tag)?.log.membership.peek() ?? null
  const isIn = (tag: RoomTag): boolean => {
    const membership = membershipOf(tag)
    return membership !== null && memberOf(membership, device.key) !== null
  }
  const markWaiting = (tag: RoomTag, isWaiting: boolean): void => {
    const next = new Set(waiting.peek())
    if (isWaiting) next.add(tag)
    else next.delete(tag)
    waiting.value = next
  }

  /**
   * RULE: where the clocks of device and node are far apart, no link is said to have expired by either of them. Null: wait on; a room that is
   * read already is not given up for a clock.
   */
  const expiryOf = async ({ join }: Running): Promise<ParleyError | null> => {
    const apart = clocksDiffer(await options.measureClock())
    if (apart === null) return new ParleyError('invite-expired')
    return waiting.peek().has(join.roomTag) ? null : apart
  }

  /** One round over everybody who is there. */
  const askAll = async (running: Running, signal: AbortSignal): Promise<Round> => {
    const { join, state } = running
    const lookUp = AbortSignal.any([signal, AbortSignal.timeout(LOOK_UP_TIMEOUT_MS)])
    const members = await mesh.lookUp(join.roomTag, { keys: await inviteKeys(join.secret), signal: lookUp }).catch(async (error: unknown) => {
      // The node says of the link what a member would say.
      const said = error instanceof ParleyError && error.code === 'invite-expired' ? await expiryOf(running) : error
      if (said instanceof ParleyError) throw said
      return []
    })
    const said: (ErrorCode | 'pending')[] = []
    const missed: (ErrorCode | null)[] = []
    for (const member of members.filter((other) => other !== device.key)) {
      if (state.peek().status === 'connecting' || state.peek().status === 'waiting-for-members') state.value = { status: 'joining', memberName: cleanLine(join.inviterName) }
      try {
        const answer = await askMember({ mesh, device, rooms, memberRecord: options.memberRecord, join, member, signal })
        if (answer === 'in') return 'in'
        said.push(answer)
      } catch (error) {
        if (error instanceof ParleyError && error.category === 'environment') throw error
        if (error instanceof WireError && error.reason === UNPROVEN) {
          // Not of the room: has been told nothing, and what they say is nothing.
          mesh.drop(UNPROVEN)
          continue
        }
        // Gone in between, or not reachable: the next one, or the next round. One whose version is another may never answer.
        missed.push(versionTrouble(mesh, member))
        mesh.drop('join-attempt-failed')
      }
    }
    return outcomeOf(said, missed)
  }

  /** What the log that is read while waiting says of the link: a reason to wait no longer, or null. */
  const refusalByLog = async (running: Running): Promise<ParleyError | null> => {
    const { join } = running
    const expiry = join.expiresAt !== null && options.now() > join.expiresAt ? await expiryOf(running) : null
    const code = expiry === null ? await refusalByMembership(join) : null
    return code === null ? expiry : new ParleyError(code)
  }
  const refusalByMembership = async (join: JoinRecord): Promise<ErrorCode | null> => {
    const membership = membershipOf(join.roomTag)
    if (membership?.name == null) return null
    if (membership.bans.has(myUser)) return 'banned'
    const invite = membership.invites.get((await inviteKeys(join.secret)).id)
    if (invite === undefined) return null
    if (invite.isRevoked) return 'invite-revoked'
    return invite.maxUses !== null && invite.uses >= invite.maxUses ? 'invite-used-up' : null
  }

  const openWaiting = async ({ join }: Running, firstEpochId: EpochId, epochs: Awaited<ReturnType<typeof toEpochs>>): Promise<void> => {
    const log = await rooms.logOf(join.roomTag)
    await log.addEpochs(epochs)
    // The epoch the room began with opens its first operation and its place at the mailbox.
    if (log.keyring.get(firstEpochId) === null) return
    markWaiting(join.roomTag, true)
    await rooms.add(log, join.roomName, firstEpochId)
  }

  /** What can be done while nobody is there who lets this device in. */
  const visitNode = async (running: Running, node: JoinAtNode): Promise<ErrorCode | 'pending' | null> => {
    const { requestId } = running.join
    if (requestId !== null) {
      const answer = await node.answer(requestId)
      if (answer === null) return waiting.peek().has(running.join.roomTag) ? null : 'pending'
      if (answer === 'gone') await keep(running, { requestId: null })
      else if (answer.type === 'refused') return waiting.peek().has(running.join.roomTag) && SEEN_IN_LOG.has(answer.code) ? null : answer.code
      else await openWaiting(running, answer.keys.firstEpochId, answer.keys.epochs)
      return null
    }
    const welcome = await node.welcome()
    if (welcome === null) return null
    if (welcome.type === 'keys' && !isIn(running.join.roomTag)) await openWaiting(running, welcome.firstEpochId, await toEpochs(welcome.secrets))
    const requestKey = await requestKeyFrom(welcome, running.join.roomTag, (await inviteKeys(running.join.secret)).id)
    const left = requestKey === null ? null : await node.leave(requestKey)
    await keep(running, { requestId: left, expiresAt: welcome.expiresAt })
    return welcome.type === 'approval' ? 'pending' : null
  }

  const step = async (running: Running, node: JoinAtNode, isFirst: boolean, signal: AbortSignal): Promise<JoinState> => {
    const tag = running.join.roomTag
    if (mesh.node.peek() !== 'online') return waiting.peek().has(tag) ? { status: 'joined', roomTag: tag } : { status: 'connecting' }
    const round = await askAll(running, signal)
    if (round === 'in') return { status: 'joined', roomTag: tag }
    if (round !== 'nobody' && round !== 'pending') throw new ParleyError(round)
    if (isFirst && round === 'nobody' && !waiting.peek().has(tag)) return { status: 'waiting-for-members' }
    const found = await visitNode(running, node).catch((error: unknown) => {
      if (error instanceof ParleyError && error.category !== 'environment') return null
      throw error
    })
    if (found !== null && found !== 'pending') throw new ParleyError(found)
    const refusal = await refusalByLog(running)
    if (refusal !== null && !isIn(tag)) throw refusal
    if (waiting.peek().has(tag)) return { status: 'joined', roomTag: tag }
    return { status: round === 'pending' || found === 'pending' ? 'waiting-for-approval' : 'waiting-for-members' }
  }

  const run = async (running: Running): Promise<void> => {
    const { join, state, controller: { signal } } = running
    const node = await createJoinAtNode({ join, device, memberRecord: options.memberRecord, api: options.api })
    for (let rounds = 0; !signal.aborted && !isIn(join.roomTag);) {
      const isConnected = mesh.node.peek() === 'online'
      state.value = await step(running, node, rounds === 0, signal)
      if (isIn(join.roomTag)) break
      if (isConnected) rounds++
      await untilIn(rooms.get(join.roomTag)?.log ?? null, !isConnected ? RETRY_MS / 10 : rounds === 1 ? SECOND_LOOK_MS : Math.min(RETRY_MS * 1.1 ** rounds, RETRY_MAX_MS), signal)
    }
    if (signal.aborted) return
    await finish(running, node)
    state.value = { status: 'joined', roomTag: join.roomTag }
  }

  /** Let in: the answer may hold keys that were made since the welcome was left. */
  const finish = async (running: Running, node: JoinAtNode): Promise<void> => {
    const { requestId, roomTag } = running.join
    if (requestId === null || mesh.node.peek() !== 'online') return
    const answer = await node.answer(requestId).catch(() => null)
    if (answer !== null && answer !== 'gone' && answer.type === 'admitted') await rooms.get(roomTag)?.log.addEpochs(answer.keys.epochs)
    await node.withdraw(requestId)
  }

  const end = (running: Running): void => {
    const tag = running.join.roomTag
    if (attempts.get(tag) !== running) return
    attempts.delete(tag)
    markWaiting(tag, false)
    save().catch(options.onTrouble)
  }

  const start = (join: JoinRecord): Running => {
    const controller = new AbortController()
    const state = signal<JoinState>({ status: 'connecting' })
    const running: Running = {
      join, state, controller,
      attempt: {
        state,
        cancel () {
          controller.abort()
          end(running)
        }
      }
    }
    attempts.set(join.roomTag, running)
    run(running).catch((cause: unknown) => {
      if (controller.signal.aborted) return
      const error = cause instanceof ParleyError ? cause : new ParleyError('invite-refused', { cause })
      if (!(cause instanceof ParleyError)) options.onTrouble(cause)
      if (waiting.peek().has(join.roomTag)) options.onRefused(error)
      state.value = { status: 'failed', error }
    }).finally(() => { if (!controller.signal.aborted) end(running) })
    return running
  }

  return {
    join ({ roomTag, secret, access, parent, roomName, inviterName }) {
      const known = attempts.get(roomTag)
      if (known !== undefined) return known.attempt
      const answerKey = crypto.getRandomValues(new Uint8Array(32))
      const running = start({
        roomTag, secret, roomName, inviterName, answerKey, requestId: null, expiresAt: null,
        ...(access !== undefined && { access }), ...(parent !== undefined && { parent })
      })
      save().catch(options.onTrouble)
      return running.attempt
    },
    async resume () {
      for (const join of await store.loadJoins()) {
        if (attempts.has(join.roomTag)) continue
        if (join.access === undefined && join.parent === undefined) {
          options.onRefused(new ParleyError('invite-outdated'))
          continue
        }
        // A room that is listed and not entered is one that this device waits for.
        if (rooms.get(join.roomTag) !== null && !isIn(join.roomTag)) markWaiting(join.roomTag, true)
        start(join)
      }
    },
    stop () {
      // Not ended: it goes on when the client is started again.
      for (const { controller } of attempts.values()) controller.abort()
      attempts.clear()
    }
  }
}

/** Resolves after `delayMs`, or as soon as the log says that somebody is in who was not. */
async function untilIn (log: RoomLog | null, delayMs: number, signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = setTimeout(() => done(), delayMs)
    const membership: ReadonlySignal<unknown> | null = log?.membership ?? null
    let isFirst = true
    const stop = membership?.subscribe(() => {
      if (!isFirst) done()
      isFirst = false
    })
    const done = (): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      queueMicrotask(() => stop?.())
      resolve()
    }
    signal.addEventListener('abort', done)
  })
}
