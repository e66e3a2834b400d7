/**
 * Sign-in codes: asked for by anyone for any address, and the same for known and unknown ones, since accounts are not even looked at before
 * a code was right.
 *
 * A code works only with the key of the device that asked for it. A stranger who asks for a code for Alice's address has their own mailed to
 * Alice, and can neither guess at hers nor use it up. A code that was asked for without a device proof works with any key; then each device
 * at each address has its own tries.
 *
 * How likely a guess is: strangers can have 12 codes a day mailed to one mailbox, try 12 wrong ones, and each mailed code once more when
 * these are used up. That is one chance in 41,000 a day, at the price of twelve mails a day that Alice did not ask for; with the bursts it is one in
 * 25,000 on the first day. A neighbour behind an address from which Alice has signed in has the same once more. Before a device or address has
 * signed in, a siege can delay its next mail by two hours.
 */
import { randomBytes, timingSafeEqual } from 'node:crypto'
import { ParleyError } from '#shared/errors.ts'
import type { OtpResponse } from '#shared/http/index.ts'
import { CODE_COOLDOWN_MS, CODE_DIGITS, CODE_MAX_ATTEMPTS, CODE_TTL_MS } from '#shared/limits.ts'
import type { Limiter } from '../limits/index.ts'
import { createPauses } from '../limits/pauses.ts'
import type { Mailer } from '../mail/index.ts'
import type { ServerSecret } from '../secret.ts'
import type { CodeKey, Codes, OpenCode } from '../store/codes.ts'
import { giveAllBack, networkOf, takeAll, type Asker, type Askers } from './askers.ts'

export interface SignInCodes {
  /**
   * Mails a code. While one is open for this asker it is the same one, so that no mail makes an earlier one void.
   * @throws {ParleyError} `code-cooldown` and `rate-limited` with `retryInMs`; `mail-failed`: then another may be asked for at once.
   */
  send(email: string, asker: Asker): Promise<OtpResponse>
  /**
   * Uses up the code and returns the address's hash.
   * @throws {ParleyError} `code-wrong` with `attemptsLeft`, `code-attempts`, `code-expired` (also when there is none), `rate-limited`.
   */
  use(email: string, code: string, asker: Asker & { deviceId: string }): Promise<string>
}

export interface SignInCodesParts {
  codes: Codes
  askers: Askers
  limiter: Limiter
  secret: ServerSecret
  mailer: Mailer
  now: () => number
}

/** The asker of a code that was asked for without a device proof. */
const UNBOUND = ''
const SEED_BYTES = 16

export function createSignInCodes ({ codes, askers, limiter, secret, mailer, now }: SignInCodesParts): SignInCodes {
  const pauses = createPauses({ firstMs: limiter.max('guess-pause'), longestMs: limiter.max('guess-pause-longest'), now })
  const tries = createTries(now)
  const maxAttempts = (asker: string): number => asker === UNBOUND ? limiter.max('unbound-guesses') : CODE_MAX_ATTEMPTS
  const guesserOf = ({ deviceId, address }: Asker): string => `${deviceId ?? ''} ${networkOf(address)}`

  const codeOf = ({ emailHash, asker, seed }: OpenCode): string => {
    const hash = Buffer.from(secret.hash('code', `${emailHash} ${asker} ${seed}`), 'base64url')
    return String(hash.readBigUInt64BE() % BigInt(10 ** CODE_DIGITS)).padStart(CODE_DIGITS, '0')
  }
  const isRight = (open: OpenCode, code: string): boolean => timingSafeEqual(Buffer.from(codeOf(open)), Buffer.from(code))

  const spent = (asker: Asker): ParleyError => {
    const retryInMs = pauses.waitMs(guesserOf(asker))
    return new ParleyError('code-attempts', retryInMs === 0 ? {} : { details: { retryInMs } })
  }

  /** Codes that this device may try now. @throws {ParleyError} when there is none. */
  const findTriable = async (emailHash: string, asker: Asker & { deviceId: string }): Promise<OpenCode[]> => {
    const found = await Promise.all([asker.deviceId, UNBOUND].map((of) => codes.find({ emailHash, asker: of })))
    const open = found.filter((code) => code !== null).filter((code) => code.expiresAt > now())
    if (open.length === 0) throw new ParleyError('code-expired')
    const triable = open.filter((code) => code.attempts < maxAttempts(code.asker) && tries.left(code, guesserOf(asker)) > 0)
    if (triable.length === 0) throw spent(asker)
    const retryInMs = pauses.waitMs(guesserOf(asker))
    if (retryInMs > 0) throw new ParleyError('rate-limited', { details: { retryInMs } })
    return triable
  }

  return {
    async send (email, asker) {
      const emailHash = secret.hash('email', email)
      const key: CodeKey = { emailHash, asker: asker.deviceId ?? UNBOUND }
      const at = now()
      const coolDownMs = async (): Promise<number> => {
        const sentAt = (await codes.find(key))?.sentAt ?? 0
        // Sent "later than now", by a clock that was ahead: nobody waits for that time to come.
        return sentAt > at ? 0 : sentAt + CODE_COOLDOWN_MS - at
      }
      const pauseMs = asker.deviceId === null ? 0 : pauses.waitMs(guesserOf(asker))
      const waitMs = Math.max(pauseMs, await coolDownMs())
      if (waitMs > 0) throw new ParleyError('code-cooldown', { details: { retryInMs: waitMs } })

      const usage = await askers.mailUsage(email, asker)
      takeAll(limiter, usage)
      const open = await codes.open(key, {
        freshSeed: randomBytes(SEED_BYTES).toString('base64url'),
        now: at, expiresAt: at + CODE_TTL_MS, notSentAfter: at - CODE_COOLDOWN_MS, maxAttempts: maxAttempts(key.asker)
      })
      if (open === null) {
        giveAllBack(limiter, usage)
        throw new ParleyError('code-cooldown', { details: { retryInMs: Math.max(1, await coolDownMs()) } })
      }
      try {
        await mailer.sendCode(email, codeOf(open))
      } catch (cause) {
        giveAllBack(limiter, usage)
        await codes.unsend(open)
        throw cause
      }
      return { expiresInMs: CODE_TTL_MS, retryInMs: CODE_COOLDOWN_MS }
    },

    async use (email, code, asker) {
      const emailHash = secret.hash('email', email)
      const guesser = guesserOf(asker)
      const triable = await findTriable(emailHash, asker)
      const usage = await askers.guessUsage(email, asker)
      // RULE: the first try of a code needs no share of what strangers may try, so that they can lock nobody out who has a mail.
      const isFirst = triable.some(({ attempts }) => attempts === 0)
      if (!isFirst) takeAll(limiter, usage)
      for (const open of triable) tries.count(open, guesser)
      const tried = (await Promise.all(triable.map((open) => codes.attempt(open, { now: now(), maxAttempts: maxAttempts(open.asker) }))))
        .filter((open) => open !== null)
      if (tried.length === 0) throw spent(asker)
      // Of tries made at once only one is the first.
      if (isFirst && tried.every(({ attempts }) => attempts > 1)) takeAll(limiter, usage)
      const right = tried.find((open) => isRight(open, code))
      if (right === undefined) {
        const attemptsLeft = Math.max(...tried.map((open) => Math.min(maxAttempts(open.asker) - open.attempts, tries.left(open, guesser))))
        if (attemptsLeft > 0) throw new ParleyError('code-wrong', { details: { attemptsLeft } })
        pauses.lengthen(guesser)
        throw spent(asker)
      }
      if (!await codes.close(right)) throw new ParleyError('code-expired')
      if (!tried.some(({ attempts }) => attempts === 1)) giveAllBack(limiter, usage)
      pauses.end(guesser)
      askers.remember(email, asker)
      return emailHash
    }
  }
}

/** Tries of each code by each guesser. Only those of unbound codes are many; a row of the database counts all tries of a code. */
function createTries (now: () => number): { left(code: OpenCode, guesser: string): number, count(code: OpenCode, guesser: string): void } {
  const counted = new Map<string, { tries: number, until: number }>()
  const SWEEP_ABOVE = 1000
  const keyOf = ({ seed }: OpenCode, guesser: string): string => `${seed} ${guesser}`
  return {
    left: (code, guesser) => CODE_MAX_ATTEMPTS - (counted.get(keyOf(code, guesser))?.tries ?? 0),
    count (code, guesser) {
      if (counted.size > SWEEP_ABOVE) for (const [key, { until }] of counted) if (until <= now()) counted.delete(key)
      const key = keyOf(code, guesser)
      // A code that is sent once more lives longer.
      counted.set(key, { tries: (counted.get(key)?.tries ?? 0) + 1, until: Math.max(code.expiresAt, now()) + CODE_TTL_MS })
    }
  }
}
