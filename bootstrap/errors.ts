/**
 * What the node answers when something goes wrong: RFC 9457 problem details with our `code`. The title is for people who read raw
 * answers and logs; clients show their own words by code.
 */
import type { FastifyError } from 'fastify'
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod'
import { ParleyError, type ErrorCode } from '#shared/errors.ts'
import { problemSchema, type Problem } from '#shared/http/index.ts'
import { isOutOfSpace } from './store/engines/index.ts'

export const PROBLEM_TYPE = 'application/problem+json; charset=utf-8'

/** The codes the node itself answers, with the HTTP status and a sentence. */
const ANSWERS: Partial<Record<ErrorCode, readonly [status: number, title: string]>> = {
  'email-malformed': [400, 'This is not an e-mail address.'],
  'code-wrong': [400, 'This code is wrong.'],
  'code-expired': [410, 'This code is no longer valid. Ask for a new one.'],
  'code-attempts': [429, 'Too many wrong codes. Ask for a new one.'],
  'code-cooldown': [429, 'A code was sent a moment ago.'],
  'registration-closed': [403, 'This node takes no new accounts.'],
  'registration-domain': [403, 'This node takes new accounts from other mail domains only.'],
  'registration-invite': [403, 'A new account on this node takes an invitation.'],
  'pass-used-up': [409, 'As many accounts as it may have were made by this invitation.'],
  'pass-expired': [410, 'This invitation to the node is no longer good.'],
  'name-malformed': [400, 'This cannot be a display name.'],
  'name-taken': [409, 'Somebody else has this name.'],
  'rate-limited': [429, 'Too many requests.'],
  'proof-invalid': [401, 'The proof of possession of the device key is missing or invalid.'],
  'passport-invalid': [401, 'The passport is missing or invalid.'],
  'passport-expired': [401, 'The passport has expired. Refresh it.'],
  'device-revoked': [403, 'This device was signed out.'],
  'clock-off': [401, 'The clock of this device is off.'],
  'device-limit': [409, 'Too many devices are signed in to this account.'],
  'backup-missing': [404, 'There is no such backup.'],
  'backup-changed': [409, 'The backup was changed by another device.'],
  'request-invalid': [400, 'The request is malformed.'],
  'not-allowed': [403, 'This key does not open it.'],
  'mailbox-full': [507, 'The mailbox takes no more here.'],
  'node-full': [507, 'The disk of the node is full: it keeps nothing new.'],
  'not-found': [404, 'There is nothing here.'],
  'mail-failed': [502, 'The mail could not be sent.'],
  'node-error': [500, 'Something went wrong in the node.']
}

/** A field that is wrong in this way has its own code, since people type it. */
const FIELD_CODES: Readonly<Record<string, ErrorCode>> = { email: 'email-malformed', name: 'name-malformed', code: 'code-wrong' }

/** What of `details` goes on the wire. */
const DETAILS = ['retryInMs', 'attemptsLeft', 'now'] as const

/** Turns whatever was thrown into a problem. Unknown errors become `node-error` and tell nothing of themselves. */
export function toProblem (error: unknown): Problem {
  if (error instanceof ParleyError) return ofCode(error.code, error)
  if (isOutOfSpace(error)) return ofCode('node-full')
  if (hasZodFastifySchemaValidationErrors(error)) {
    const [first] = error.validation
    const field = first?.instancePath.split('/')[1] ?? ''
    const code = error.validationContext === 'body' ? FIELD_CODES[field] : undefined
    return code === undefined
      ? { ...ofCode('request-invalid'), detail: `${error.validationContext ?? 'request'}${first?.instancePath ?? ''}: ${first?.message ?? 'invalid'}` }
      : ofCode(code)
  }
  const status = (error as Partial<FastifyError> | null)?.statusCode ?? 500
  // Fastify's own refusals: malformed JSON, body too large, unsupported media type. Their messages are fixed sentences.
  if (status >= 400 && status < 500) return { ...ofCode('request-invalid'), status, detail: (error as FastifyError).message }
  return ofCode('node-error')
}

function ofCode (code: ErrorCode, error?: ParleyError): Problem {
  const [status, title] = ANSWERS[code] ?? [500, code]
  const problem: Problem = { type: `urn:parley:error:${code}`, title, status, code }
  for (const name of DETAILS) {
    const value = error?.details[name]
    if (typeof value === 'number') problem[name] = value
  }
  const fault = problemSchema.shape.fault.safeParse(error?.details['fault'])
  if (fault.data !== undefined) problem.fault = fault.data
  return problem
}
