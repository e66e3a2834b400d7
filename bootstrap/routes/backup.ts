/**
 * The sealed backup of a person: what their other devices and their recovery words open. The node keeps bytes under an id; a change names
 * the revision it replaces.
 */
import * as z from 'zod/mini'
import { ParleyError } from '#shared/errors.ts'
import { backupChangeSchema, backupIdSchema, backupResponseSchema, backupRevisionSchema, problemSchema } from '#shared/http/index.ts'
import { BACKUP_MAX_BYTES } from '#shared/limits.ts'
import type { App } from '../http.ts'
import { callerOf } from '../plugins/device-auth.ts'
import type { Services } from '../services.ts'

/** Base64 of the largest backup, and what is around it. */
const BODY_MAX_BYTES = Math.ceil(BACKUP_MAX_BYTES * 4 / 3) + 1024
const documented = { tags: ['user'], security: [{ passport: [] }], querystring: backupIdSchema }

export function backupRoutes (app: App, { backups, disk, now }: Services): void {
  app.get('/user/backup', {
    preHandler: app.authenticate,
    schema: { ...documented, response: { 200: backupResponseSchema, default: problemSchema } }
  }, async (request) => {
    const found = await backups.find(callerOf(request).accountId, request.query.id)
    if (found === null) throw new ParleyError('backup-missing')
    return { revision: found.revision, sealed: Buffer.from(found.sealed).toString('base64url') }
  })

  app.put('/user/backup', {
    preHandler: app.authenticate,
    bodyLimit: BODY_MAX_BYTES,
    schema: { ...documented, body: backupChangeSchema, response: { 200: backupRevisionSchema, default: problemSchema } }
  }, async (request) => {
    const { replaces, sealed } = request.body
    // One that is there may change as long as the disk takes it: it holds the keys of its person.
    if (replaces === 0 && disk.storage() === 'full') throw new ParleyError('node-full')
    const revision = await backups.put({
      accountId: callerOf(request).accountId, backupId: request.query.id, replaces, sealed: Buffer.from(sealed, 'base64url'), now: now()
    })
    if (revision === null) throw new ParleyError('backup-changed')
    return { revision }
  })

  app.delete('/user/backup', {
    preHandler: app.authenticate,
    schema: { ...documented, response: { 204: z.null(), default: problemSchema } }
  }, async (request, reply) => {
    if (!await backups.remove(callerOf(request).accountId, request.query.id)) throw new ParleyError('backup-missing')
    return reply.status(204).send(null)
  })
}
