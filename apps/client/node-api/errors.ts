/** What an answer that is no success means. */
import { isErrorCode, ParleyError, type ErrorDetails } from '#shared/errors.ts'
import { problemSchema } from '#shared/http/index.ts'

/** What a proxy answers while the node behind it is down. */
const GATEWAY_STATUSES = [502, 503, 504]

export function toParleyError (status: number, content: unknown): ParleyError {
  const parsed = problemSchema.safeParse(content)
  if (!parsed.success || !isErrorCode(parsed.data.code)) {
    return new ParleyError(GATEWAY_STATUSES.includes(status) ? 'node-unreachable' : 'node-error', { details: { status } })
  }
  const { code, title, retryInMs, attemptsLeft, now, fault } = parsed.data
  const details = Object.entries({ retryInMs, attemptsLeft, now, fault }).filter(([, value]) => value !== undefined)
  return new ParleyError(code, { message: title, details: Object.fromEntries(details) as ErrorDetails })
}
