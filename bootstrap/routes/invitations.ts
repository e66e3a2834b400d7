/** Welcomes for whoever comes by a link, and requests of those who do. Who may is said by a key of the room, beside passport and DPoP. */
import * as z from 'zod/mini'
import { ParleyError } from '#shared/errors.ts'
import { problemSchema } from '#shared/http/index.ts'
import {
  joinRequestResponseSchema, joinRequestSchema, joinRequestsResponseSchema, requestAnswerSchema,
  requestParamsSchema, requestStateSchema, roomParamsSchema, welcomeParamsSchema, welcomeRequestSchema, welcomeResponseSchema
} from '#shared/http/mailbox.ts'
import { fromBase64Url, toBase64Url } from '#shared/invite.ts'
import { WELCOME_MAX_BYTES } from '#shared/limits.ts'
import type { App } from '../http.ts'
import { shelfCallerOf } from '../mailbox/caller.ts'
import type { Services } from '../services.ts'

/** The largest blob as base64 in JSON. */
const BODY_MAX_BYTES = Math.ceil(WELCOME_MAX_BYTES * 4 / 3) + 1024

export function invitationRoutes (app: App, { invitations: shelf }: Services): void {
  const base = { preHandler: app.authenticate, bodyLimit: BODY_MAX_BYTES }
  const described = { tags: ['mailbox'], security: [{ passport: [], mailboxProof: [] }] }

  app.put('/mailbox/:roomTag/welcomes/:inviteId', {
    ...base, schema: { ...described, params: welcomeParamsSchema, body: welcomeRequestSchema, response: { 204: z.null(), default: problemSchema } }
  }, async (request, reply) => {
    const { sealed, expiresAt } = request.body
    await shelf.putWelcome(request.params.roomTag, request.params.inviteId, { sealed: readBlob(sealed), expiresAt }, await shelfCallerOf(request))
    return reply.status(204).send(null)
  })

  app.get('/mailbox/:roomTag/welcomes/:inviteId', {
    ...base, schema: { ...described, params: welcomeParamsSchema, response: { 200: welcomeResponseSchema, default: problemSchema } }
  }, async (request) =>
    ({ sealed: toBase64Url(await shelf.welcome(request.params.roomTag, request.params.inviteId, await shelfCallerOf(request))) }))

  app.delete('/mailbox/:roomTag/welcomes/:inviteId', {
    ...base, schema: { ...described, params: welcomeParamsSchema, response: { 204: z.null(), default: problemSchema } }
  }, async (request, reply) => {
    await shelf.removeWelcome(request.params.roomTag, request.params.inviteId, await shelfCallerOf(request))
    return reply.status(204).send(null)
  })

  app.post('/mailbox/:roomTag/requests', {
    ...base, schema: { ...described, params: roomParamsSchema, body: joinRequestSchema, response: { 200: joinRequestResponseSchema, default: problemSchema } }
  }, async (request) => {
    const { inviteId, sealed } = request.body
    return { id: await shelf.leaveRequest(request.params.roomTag, { inviteId, sealed: readBlob(sealed) }, await shelfCallerOf(request)) }
  })

  app.get('/mailbox/:roomTag/requests', {
    ...base, schema: { ...described, params: roomParamsSchema, response: { 200: joinRequestsResponseSchema, default: problemSchema } }
  }, async (request) => {
    const rows = await shelf.requests(request.params.roomTag, await shelfCallerOf(request))
    return { requests: rows.map(({ sealed, ...row }) => ({ ...row, sealed: toBase64Url(sealed) })) }
  })

  app.get('/mailbox/:roomTag/requests/:id', {
    ...base, schema: { ...described, params: requestParamsSchema, response: { 200: requestStateSchema, default: problemSchema } }
  }, async (request) => {
    const answer = await shelf.answer(request.params.roomTag, request.params.id, await shelfCallerOf(request))
    return { answer: answer === null ? null : toBase64Url(answer) }
  })

  app.put('/mailbox/:roomTag/requests/:id/answer', {
    ...base, schema: { ...described, params: requestParamsSchema, body: requestAnswerSchema, response: { 204: z.null(), default: problemSchema } }
  }, async (request, reply) => {
    await shelf.putAnswer(request.params.roomTag, request.params.id, readBlob(request.body.sealed), await shelfCallerOf(request))
    return reply.status(204).send(null)
  })

  app.delete('/mailbox/:roomTag/requests/:id', {
    ...base, schema: { ...described, params: requestParamsSchema, response: { 204: z.null(), default: problemSchema } }
  }, async (request, reply) => {
    await shelf.removeRequest(request.params.roomTag, request.params.id, await shelfCallerOf(request))
    return reply.status(204).send(null)
  })
}

function readBlob (text: string): Uint8Array {
  try {
    return fromBase64Url(text)
  } catch (cause) {
    throw new ParleyError('request-invalid', { cause })
  }
}
