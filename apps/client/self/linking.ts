/** Linking: this device makes another one its person's, or is made another one's. What travels is in `protocols/link`. */
import { signal, type ReadonlySignal } from '@preact/signals-core'
import { ParleyError, type ErrorCode } from '#shared/errors.ts'
import type { DeviceKey } from '#shared/ids.ts'
import type { RoomKeys } from '#shared/wire/rendezvous-proof.ts'
import { WireError } from '#shared/wire/cbor.ts'
import type { FrameStream } from '#shared/wire/frame-stream.ts'
import type { LinkOffer } from '../api-self.ts'
import { keyPairFromSecret } from '../crypto/index.ts'
import type { Mesh } from '../mesh/types.ts'
import { answerLink, askForLink, LINK_FRAME_MAX_BYTES, LINK_PROTOCOL, type Handover } from '../protocols/link/index.ts'
import { createScope, type Scope } from '../state/scope.ts'
import { createLinkCodes, formatCode, formatLinkUrl, linkKeysOf, parseLinkCode, type LinkKeys } from './link-codes.ts'

const OFFER_TTL_MS = 10 * 60_000
/** Of 2^45 codes: a chance of 1 in 7,000,000,000,000 for whoever is signed in to the same account. */
const WRONG_MAX = 5
const LOOK_UP_TIMEOUT_MS = 5000
const LOOK_AGAIN_MS = 1000
/** The old device registers its offer in a second or two; whoever is not there after this is not going to be. */
const LOOK_FOR_MS = 20_000
const ASK_TIMEOUT_MS = 60_000
/** The other device shows its passport as soon as the link stands. */
const PASSPORT_WAIT_MS = 10_000

export interface LinkingContext {
  mesh: Mesh
  localKey: DeviceKey
  accountId: string
  nodeOrigin: string
  scope: Scope
}

export interface Offering {
  offer(): LinkOffer
}

/** @param deliver.isRevoked by this person @param deliver.handover what a device is given that has proved the code; @param deliver.linked it has kept everything */
export function createOffering ({ mesh, localKey, accountId, nodeOrigin, scope }: LinkingContext, deliver: {
  isRevoked: (device: DeviceKey) => boolean
  handover: (device: DeviceKey, encryptionKey: Uint8Array<ArrayBuffer>) => Promise<Handover>
  linked: (device: DeviceKey, member: Uint8Array<ArrayBuffer>) => Promise<void>
}): Offering {
  type State = LinkOffer['state']['value']
  interface Current { keys: LinkKeys[], state: { value: State, peek(): State }, wrong: number, fail: (code: ErrorCode) => void, end: () => void }
  let current: Current | null = null

  const answer = async (stream: FrameStream, remote: DeviceKey): Promise<void> => {
    const offer = current
    // RULE: only devices that are signed in to the same account may try a code at all.
    const isOfAccount = await hasPassport(mesh, remote, accountId, scope.signal)
    const member = await answerLink(stream, {
      localKey, remoteKey: remote, signal: scope.signal,
      answer: {
        secretOf (kind) {
          if (!isOfAccount) return Promise.resolve('link-code-wrong')
          // RULE: a device that was revoked is not linked again; it begins anew with keys of its own.
          if (deliver.isRevoked(remote)) return Promise.resolve('device-revoked')
          const keys = offer?.state.peek().status === 'waiting' && offer === current ? offer.keys.find((known) => known.kind === kind) : undefined
          return Promise.resolve(keys?.secret ?? 'link-expired')
        },
        onWrong () {
          // RULE: an offer ends with the fifth wrong proof.
          if (offer !== null && ++offer.wrong >= WRONG_MAX) offer.fail('link-expired')
        },
        async grant (encryptionKey) {
          if (offer?.state.peek().status !== 'waiting') throw new WireError('link-taken')
          offer.state.value = { status: 'linking' }
          return await deliver.handover(remote, encryptionKey)
        }
      }
    }).catch((error: unknown) => {
      if (offer?.state.peek().status === 'linking') offer.fail('link-expired')
      throw error
    })
    if (member === null || offer === null) return
    await deliver.linked(remote, member)
    offer.state.value = { status: 'linked', device: remote }
    offer.end()
  }
  scope.defer(mesh.handle(LINK_PROTOCOL, answer, { maxFrameBytes: LINK_FRAME_MAX_BYTES }))

  return {
    offer () {
      current?.fail('link-expired')
      const { code, qr } = createLinkCodes()
      const life = createScope(() => mesh.drop('link-trouble'))
      scope.defer(() => life.end())
      const state = signal<State>({ status: 'waiting', expiresAt: Date.now() + OFFER_TTL_MS })
      const mine: Current = {
        keys: [], state, wrong: 0,
        fail (reason) {
          const { status } = state.peek()
          if (status === 'waiting' || status === 'linking') state.value = { status: 'failed', error: new ParleyError(reason) }
          mine.end()
        },
        end () {
          life.end()
          if (current === mine) current = null
        }
      }
      current = mine
      // RULE: an offer ends after ten minutes; a link that is under way is finished.
      life.later(OFFER_TTL_MS, () => { if (state.peek().status === 'waiting') mine.fail('link-expired') })
      life.run((async () => {
        for (const known of [qr, code]) {
          const keys = await linkKeysOf(known, accountId)
          if (life.signal.aborted) return
          mine.keys.push(keys)
          const place = mesh.enterRoom(keys.tag, {
            isMember: () => false,
            validate: () => Promise.resolve({ verdict: 'ignore', reason: 'no-room' }),
            keys: await meetingKeysOf(keys),
            invites: () => []
          })
          life.defer(() => place.leave())
        }
      })())
      return { code: formatCode(code.chars), url: formatLinkUrl(nodeOrigin, qr.secret), state, cancel: () => mine.fail('aborted') }
    }
  }
}

/**
 * The new device's side. Resolves when `keep` has kept what the old device gave.
 * @throws {ParleyError} `link-code-wrong`, `link-expired`, `node-unreachable`, `aborted` (rejects)
 */
export async function acceptLink (text: string, { mesh, localKey, accountId, nodeOrigin, scope }: LinkingContext, { encryptionKey, keep, signal }: {
  encryptionKey: Uint8Array<ArrayBuffer>
  keep: (handover: Handover) => Promise<Uint8Array<ArrayBuffer>>
  signal?: AbortSignal | undefined
}): Promise<void> {
  const code = parseLinkCode(text, nodeOrigin)
  if (mesh.node.peek() !== 'online') throw new ParleyError('node-unreachable')
  const either = signal === undefined ? scope.signal : AbortSignal.any([scope.signal, signal])
  const { kind, tag, secret } = await linkKeysOf(code, accountId)
  const keys = await meetingKeysOf({ secret })
  const until = Date.now() + LOOK_FOR_MS
  let refusal: ParleyError | null = null
  while (Date.now() < until) {
    if (either.aborted) throw new ParleyError('aborted')
    const devices = await mesh.lookUp(tag, { keys, signal: AbortSignal.any([either, AbortSignal.timeout(LOOK_UP_TIMEOUT_MS)]) }).catch(() => [])
    for (const remote of devices) {
      try {
        const within = AbortSignal.any([either, AbortSignal.timeout(ASK_TIMEOUT_MS)])
        const stream = await mesh.open(remote, LINK_PROTOCOL, { signal: within, maxFrameBytes: LINK_FRAME_MAX_BYTES })
        await askForLink(stream, { localKey, remoteKey: remote, kind, secret, encryptionKey, keep, signal: within })
        return
      } catch (error) {
        // What this device says of itself (full, in rooms already) is no reason to ask another.
        if (error instanceof ParleyError && !error.code.startsWith('link-')) throw error
        if (error instanceof ParleyError) refusal = error
        else mesh.drop('link-attempt-failed')
      }
    }
    if (refusal !== null) throw refusal
    await sleep(LOOK_AGAIN_MS, either)
  }
  throw either.aborted ? new ParleyError('aborted') : new ParleyError('link-expired')
}

/** By which both devices prove to the rendezvous that they hold the code. */
const meetingKeysOf = async ({ secret }: Pick<LinkKeys, 'secret'>): Promise<RoomKeys> => await keyPairFromSecret(secret, 'parley/link-meeting/1')

/** Whether the linked device has shown a passport of this account, or does so soon. */
async function hasPassport (mesh: Mesh, device: DeviceKey, accountId: string, signal: AbortSignal): Promise<boolean> {
  return await settled(mesh.links, (links) => {
    const passport = links.get(device)?.passport ?? null
    return passport === null ? null : passport.sub === accountId
  }, AbortSignal.any([signal, AbortSignal.timeout(PASSPORT_WAIT_MS)]))
}

/** The first answer that `judge` gives of the signal's value; false when none comes before `signal` aborts. */
async function settled<T> (source: ReadonlySignal<T>, judge: (value: T) => boolean | null, signal: AbortSignal): Promise<boolean> {
  return await new Promise<boolean>((resolve) => {
    let end = (): void => {}
    const finish = (answer: boolean): void => {
      resolve(answer)
      // The first call comes before subscribe has answered.
      queueMicrotask(() => end())
    }
    signal.addEventListener('abort', () => finish(false), { once: true })
    end = source.subscribe((value) => {
      const answer = judge(value)
      if (answer !== null) finish(answer)
    })
  })
}

async function sleep (ms: number, signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, ms)
    signal.addEventListener('abort', () => {
      clearTimeout(timer)
      resolve()
    }, { once: true })
  })
}
