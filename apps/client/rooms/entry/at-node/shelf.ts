/**
 * A room's shelf at the node, from a member's side: welcomes that are left there, requests that are found there. What cannot be done now is
 * kept with the room and done when the node is reached.
 */
import { ParleyError } from '#shared/errors.ts'
import type { InviteId } from '#shared/ids.ts'
import type { LeftRequest } from '#shared/http/mailbox.ts'
import { createMutex } from '../../../state/mutex.ts'
import type { Scope } from '../../../state/scope.ts'
import type { InvitationsApi } from '../../../node-api/index.ts'
import type { ShelfJob } from '../../../store/index.ts'

/** Joiners ask members directly while both are there; the shelf is for those who are not there at the same time. */
const LOOK_EVERY_MS = 45_000

export interface Shelf {
  /** Leaves a welcome, now or when the node is reached. Resolves when that is sure to be done. */
  leaveWelcome(inviteId: InviteId, expiresAt: number, sealed: Uint8Array<ArrayBuffer>): Promise<void>
  withdrawWelcome(inviteId: InviteId): Promise<void>
  answer(requestId: string, sealed: Uint8Array<ArrayBuffer>): Promise<void>
  discard(requestId: string): Promise<void>
  /** The node was reached, or knows the room now: does what waits, and looks for requests; `isFresh`: also when it has looked just now. */
  visit(isFresh?: boolean): void
  /** From now on looks for requests too. */
  start(wishes: {
    /** Whether somebody may be waiting, whom this device may let in. */
    wantsRequests: () => boolean
    onRequest: (request: LeftRequest) => Promise<void>
  }): void
}

export function createShelf ({ api, scope, isReachable, now, jobs, saveJobs, onTrouble }: {
  /** Null without a passport. */
  api: () => InvitationsApi | null
  scope: Scope
  isReachable: () => boolean
  now: () => number
  jobs: () => readonly ShelfJob[]
  saveJobs: (jobs: ShelfJob[]) => Promise<void>
  onTrouble: (error: unknown) => void
}): Shelf {
  const locked = createMutex()
  let wishes: Parameters<Shelf['start']>[0] | null = null
  let lookedAt = -Infinity
  let isWaiting = false

  /** RULE: a job is over when the node has done it, or when it will never be done. */
  const perform = async (node: InvitationsApi, { inviteId, sealed, expiresAt }: ShelfJob): Promise<boolean> => {
    try {
      if (sealed === null) await node.removeWelcome(inviteId as InviteId)
      else if (expiresAt > now()) await node.putWelcome(inviteId as InviteId, { sealed, expiresAt })
      return true
    } catch (error) {
      if (!(error instanceof ParleyError)) throw error
      // A welcome that is not there is withdrawn; a room that is not there yet will be, once it was synced.
      if (sealed === null && error.code === 'not-found') return true
      if (error.code === 'request-invalid' || error.code === 'not-allowed' || error.code === 'mailbox-full') {
        onTrouble(error)
        return true
      }
      return false
    }
  }

  const bring = async (): Promise<void> => {
    for (const job of jobs()) {
      const node = isReachable() ? api() : null
      if (node === null || !await perform(node, job)) return
      await saveJobs(jobs().filter((other) => other !== job))
    }
  }

  const look = async (): Promise<void> => {
    const node = isReachable() && wishes?.wantsRequests() === true ? api() : null
    if (node === null) return
    lookedAt = now()
    for (const request of await node.requests()) await wishes?.onRequest(request)
  }

  const visit = (isFresh = false): void => {
    if (isFresh) lookedAt = -Infinity
    if (isWaiting || !isReachable()) return
    isWaiting = true
    scope.run(locked(async () => {
      isWaiting = false
      await bring()
      if (Math.abs(now() - lookedAt) >= LOOK_EVERY_MS) await look()
    }).catch((error: unknown) => {
      // A node that is gone or busy is visited again.
      if (!(error instanceof ParleyError)) throw error
    }))
  }

  const add = async (job: ShelfJob): Promise<void> => {
    await saveJobs([...jobs().filter(({ inviteId }) => inviteId !== job.inviteId), job])
    visit()
  }

  const beat = (): void => {
    scope.later(LOOK_EVERY_MS, () => {
      visit()
      beat()
    })
  }

  const need = (): InvitationsApi => {
    const node = api()
    if (node === null) throw new ParleyError('passport-invalid')
    return node
  }

  return {
    leaveWelcome: async (inviteId, expiresAt, sealed) => await add({ inviteId, expiresAt, sealed }),
    withdrawWelcome: async (inviteId) => await add({ inviteId, expiresAt: 0, sealed: null }),
    answer: async (requestId, sealed) => await need().putAnswer(requestId, sealed),
    discard: async (requestId) => await need().removeRequest(requestId),
    visit,
    start (given) {
      wishes = given
      beat()
    }
  }
}
