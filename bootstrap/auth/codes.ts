/**
 * Sign-in codes: asked for by anybody for any address, the same for known and unknown ones, since accounts are not even looked at before
 * a code was right. Stored as keyed hashes; one open code per address.
 */
import { randomInt, timingSafeEqual } from 'node:crypto'
import { ParleyError } from '#shared/errors.ts'
import type { OtpResponse } from '#shared/http/index.ts'
import { CODE_COOLDOWN_MS, CODE_DIGITS, CODE_MAX_ATTEMPTS, CODE_TTL_MS } from '#shared/limits.ts'
import type { Mailer } from '../mail/index.ts'
import type { ServerSecret } from '../secret.ts'
import type { Codes } from '../store/codes.ts'

export interface SignInCodes {
  /** Sends a fresh code. @throws {ParleyError} `code-cooldown` with `retryInMs`; `mail-failed`: then another may be asked for at once. */
  send(email: string): Promise<OtpResponse>
  /**
   * Uses up the code and answers the address's hash.
   * @throws {ParleyError} `code-wrong` with `attemptsLeft`, `code-attempts`, `code-expired` (also when there is none).
   */
  use(email: string, code: string): Promise<string>
}

export function createSignInCodes (codes: Codes, secret: ServerSecret, mailer: Mailer, now: () => number): SignInCodes {
  const hashCode = (emailHash: string, code: string): string => secret.hash('code', `${emailHash} ${code}`)

  return {
    async send (email) {
      const emailHash = secret.hash('email', email)
      const code = String(randomInt(10 ** CODE_DIGITS)).padStart(CODE_DIGITS, '0')
      const codeHash = hashCode(emailHash, code)
      const at = now()
      const opened = await codes.open({ emailHash, codeHash, now: at, expiresAt: at + CODE_TTL_MS, notSentAfter: at - CODE_COOLDOWN_MS })
      if (!opened) {
        const sentAt = (await codes.find(emailHash))?.sentAt ?? at
        throw new ParleyError('code-cooldown', { details: { retryInMs: Math.max(1, sentAt + CODE_COOLDOWN_MS - at) } })
      }
      try {
        await mailer.sendCode(email, code)
      } catch (cause) {
        await codes.close(emailHash, codeHash)
        throw cause
      }
      return { expiresInMs: CODE_TTL_MS, retryInMs: CODE_COOLDOWN_MS }
    },

    async use (email, code) {
      const emailHash = secret.hash('email', email)
      const given = hashCode(emailHash, code)
      const open = await codes.attempt(emailHash, { now: now(), maxAttempts: CODE_MAX_ATTEMPTS })
      if (open === null) {
        const spent = await codes.find(emailHash)
        throw new ParleyError(spent !== null && spent.expiresAt > now() ? 'code-attempts' : 'code-expired')
      }
      if (!timingSafeEqual(Buffer.from(given), Buffer.from(open.codeHash))) {
        const attemptsLeft = CODE_MAX_ATTEMPTS - open.attempts
        throw attemptsLeft > 0 ? new ParleyError('code-wrong', { details: { attemptsLeft } }) : new ParleyError('code-attempts')
      }
      if (!await codes.close(emailHash, open.codeHash)) throw new ParleyError('code-expired')
      return emailHash
    }
  }
}
