/**
 * Errors that never reach a route: HTTP that cannot be parsed, headers that are too large, addresses that cannot be decoded. They leave as
 * problem+json with the headers of every other response.
 */
import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { PROBLEM_TYPE, toProblem } from '../errors.ts'

/** No page is ever made of these, so that nothing may be loaded by them. */
const HEADERS = {
  'content-type': PROBLEM_TYPE,
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin'
}
const HTTPS_HEADERS = { 'strict-transport-security': 'max-age=31536000' }

/** What the parser of Node says, as a status and a sentence. */
const PARSER_ERRORS: Readonly<Record<string, readonly [status: number, detail: string] | undefined>> = {
  HPE_HEADER_OVERFLOW: [431, 'The headers of the request are too large.'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'The request took too long to arrive.'],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: [413, 'The extensions of a chunk are too large.']
}

export interface RawErrors {
  /** For what the router refuses before any hook runs. */
  frameworkErrors: (error: FastifyError, request: FastifyRequest, reply: FastifyReply) => void
  /** For what the parser refuses. */
  clientErrorHandler: (error: Error & { code?: string }, socket: Socket) => void
}

export function createRawErrors ({ isHttps }: { isHttps: boolean }): RawErrors {
  const headers = isHttps ? { ...HEADERS, ...HTTPS_HEADERS } : HEADERS
  return {
    frameworkErrors (error, _request, reply) {
      const problem = toProblem(error)
      void reply.status(problem.status).headers(headers).send(JSON.stringify(problem))
    },
    clientErrorHandler (error, socket) {
      if (error.code === 'ECONNRESET' || !socket.writable) {
        socket.destroy()
        return
      }
      const [statusCode, message] = PARSER_ERRORS[error.code ?? ''] ?? [400, 'This is no HTTP request.']
      const body = JSON.stringify(toProblem({ statusCode, message }))
      const lines = Object.entries({ ...headers, 'content-length': String(Buffer.byteLength(body)), connection: 'close' }).map(([name, value]) => `${name}: ${value}`)
      socket.end(`HTTP/1.1 ${statusCode} ${STATUS_CODES[statusCode] ?? ''}\r\n${lines.join('\r\n')}\r\n\r\n${body}`)
    }
  }
}
