/**
 * Logs without personal data: no address of any kind, no code, no name, no token. Requests are told by method, path without query, status
 * and duration. Logs go to stderr, so that stdout holds only the line that says the node is ready.
 */
import { pino, type DestinationStream, type Logger } from 'pino'
import type { Config } from './config.ts'

/** A second line of defence: what must never be logged, even if somebody passes it by mistake. */
const REDACTED = ['email', 'to', 'code', 'name', 'passport', 'proof', 'authorization', 'dpop', 'ip', 'remoteAddress', 'headers', 'body', 'secret']

export function createLog (level: Config['logLevel'], destination: DestinationStream = pino.destination(2)): Logger {
  return pino({
    level,
    base: null,
    redact: { paths: REDACTED.flatMap((name) => [name, `*.${name}`]), remove: true },
    serializers: { err: describeError, req: () => undefined, res: () => undefined }
  }, destination)
}

/**
 * Type, codes and stack of an error, but not its message: messages of mail servers and databases quote what they were given.
 * The stack is cut to its frames for the same reason. The code is called `errorCode`, since what is called `code` elsewhere is a sign-in code
 * and is removed.
 */
function describeError (error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { type: typeof error }
  const { code, errcode, responseCode, command } = error as Error & Record<'code' | 'errcode' | 'responseCode' | 'command', unknown>
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line)).join('\n')
  return { type: error.name, errorCode: wordOrNone(code), command: wordOrNone(command), errcode, responseCode, stack: frames }
}

/** A name such as ECONNREFUSED or mail-failed; nothing that a person has typed. */
const wordOrNone = (value: unknown): string | undefined => typeof value === 'string' && /^[A-Za-z][\w-]{0,60}$/.test(value) ? value : undefined
