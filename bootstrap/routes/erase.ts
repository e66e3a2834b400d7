/** Bodies at the mailbox that members let go of. Who may is said by the room's access key, beside passport and DPoP. */
import { problemSchema } from '#shared/http/index.ts'
import { eraseRequestSchema, eraseResponseSchema, roomParamsSchema } from '#shared/http/mailbox.ts'
import type { App } from '../http.ts'
import { eraseBodies } from '../mailbox/erase.ts'
import { shelfCallerOf } from '../mailbox/caller.ts'
import type { Services } from '../services.ts'

export function eraseRoutes (app: App, { mailboxStore }: Services): void {
  app.post('/mailbox/:roomTag/erase', {
    preHandler: app.authenticate,
    schema: {
      tags: ['mailbox'], security: [{ passport: [], mailboxProof: [] }], params: roomParamsSchema, body: eraseRequestSchema,
      response: { 200: eraseResponseSchema, default: problemSchema }
    }
  }, async (request) => {
    const { publicKey } = await shelfCallerOf(request)
    return { erased: await eraseBodies(mailboxStore, request.params.roomTag, request.body, publicKey) }
  })
}
