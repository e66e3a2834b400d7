/**
 * Who may have an account. Asked only after a code was right, so that nobody learns who has one; existing accounts always get in.
 */
import { randomBytes } from 'node:crypto'
import { ParleyError } from '#shared/errors.ts'
import type { PassResponse, RegistrationKind } from '#shared/http/index.ts'
import type { AccountId } from '#shared/ids.ts'
import { toBase64Url, PASS_BYTES } from '#shared/invite.ts'
import type { RegistrationPolicy } from '../config.ts'
import type { Limiter } from '../limits/index.ts'
import type { ServerSecret } from '../secret.ts'
import type { Accounts } from '../store/accounts.ts'
import type { Passes } from '../store/passes.ts'
import { domainOf, takeAll } from './askers.ts'

export interface Registration {
  readonly kind: RegistrationKind
  /**
   * The account of this address, a new one where it may have one.
   * @throws {ParleyError} `registration-closed`, `registration-domain`, `registration-invite`, `pass-used-up`, `pass-expired`
   */
  admit(newcomer: { email: string, emailHash: string, pass: string | null }): Promise<AccountId>
  /**
   * A pass for a link that this account makes: it says nothing of the room. Uses and life are cut to what the table permits.
   * @throws {ParleyError} `not-found` where newcomers need none, `rate-limited`
   */
  givePass(accountId: AccountId, wish: { expiresAt: number, maxUses: number | null }): Promise<PassResponse>
}

export function createRegistration ({ policy, accounts, passes, limiter, secret, now }: {
  policy: RegistrationPolicy, accounts: Accounts, passes: Passes, limiter: Limiter, secret: ServerSecret, now: () => number
}): Registration {
  const assertWelcome = async (email: string, pass: string | null): Promise<void> => {
    switch (policy.kind) {
      case 'open': return
      case 'closed': throw new ParleyError('registration-closed')
      case 'domains':
        if (!policy.domains.includes(domainOf(email))) throw new ParleyError('registration-domain')
        return
      case 'invite': {
        if (pass === null) throw new ParleyError('registration-invite')
        const result = await passes.use(secret.hash('pass', pass), now())
        if (result !== 'used') throw new ParleyError(`pass-${result}`)
      }
    }
  }
  return {
    kind: policy.kind,
    async admit ({ email, emailHash, pass }) {
      const known = await accounts.find(emailHash)
      if (known !== null) return known
      await assertWelcome(email, pass)
      return await accounts.findOrCreate(emailHash, now())
    },
    async givePass (accountId, { expiresAt, maxUses }) {
      if (policy.kind !== 'invite') throw new ParleyError('not-found')
      takeAll(limiter, [['passes', accountId]])
      const pass = toBase64Url(randomBytes(PASS_BYTES))
      const given = {
        maxUses: Math.min(maxUses ?? Infinity, limiter.max('pass-uses')),
        expiresAt: Math.min(expiresAt, now() + limiter.max('pass-life'))
      }
      await passes.add({ hash: secret.hash('pass', pass), accountId, uses: given.maxUses, now: now(), expiresAt: given.expiresAt })
      return { pass, ...given }
    }
  }
}
