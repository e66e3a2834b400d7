import { ParleyError } from '#shared/errors.ts'

/** Anything a command may reject with, as something there are words for. */
export const toParleyError = (cause: unknown): ParleyError =>
  cause instanceof ParleyError ? cause : new ParleyError('unexpected', { cause })
