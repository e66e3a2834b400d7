/** Who asks the mailbox by HTTP: passport and DPoP as everywhere, and a key of the room. */
import type { FastifyRequest } from 'fastify'
import { ParleyError } from '#shared/errors.ts'
import { checkMailboxProof, MAILBOX_PROOF_HEADER } from '#shared/http/mailbox.ts'
import { callerOf } from '../plugins/device-auth.ts'
import type { ShelfCaller } from './invitations.ts'

/** @throws {ParleyError} `proof-invalid` (rejects) */
export async function shelfCallerOf (request: FastifyRequest): Promise<ShelfCaller> {
  const { accountId, id } = callerOf(request)
  const { dpop } = request.headers
  const publicKey = typeof dpop === 'string' ? await checkMailboxProof(dpop, request.headers[MAILBOX_PROOF_HEADER]) : null
  if (publicKey === null) throw new ParleyError('proof-invalid')
  return { accountId, deviceId: id, publicKey }
}
