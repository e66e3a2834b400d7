/** Every error leaves as problem+json; what is the node's own fault is logged. */
import fastifyPlugin from 'fastify-plugin'
import { ParleyError } from '#shared/errors.ts'
import type { Problem } from '#shared/http/index.ts'
import type { App } from '../http.ts'
import type { Services } from '../services.ts'
import { PROBLEM_TYPE, toProblem } from '../errors.ts'

export const problems = fastifyPlugin((app: App, { disk }: Services, done) => {
  app.setErrorHandler((error, request, reply) => {
    const problem = toProblem(error)
    disk.judge(error)
    if (problem.status >= 500 && problem.code === 'node-error') request.log.error({ err: error }, 'request failed')
    if (problem.retryInMs !== undefined) reply.header('retry-after', Math.ceil(problem.retryInMs / 1000))
    // RFC 9449 section 7.1
    if (problem.status === 401) reply.header('www-authenticate', `DPoP error="${challengeOf(problem, error)}", algs="EdDSA"`)
    return reply.status(problem.status).header('cache-control', 'no-store').type(PROBLEM_TYPE).send(JSON.stringify(problem))
  })
  done()
}, { name: 'problems' })

/** RFC 9449 sections 7.1 and 8. */
function challengeOf ({ code }: Problem, error: unknown): string {
  if (code !== 'proof-invalid') return 'invalid_token'
  return error instanceof ParleyError && error.details['isStale'] === true ? 'use_dpop_nonce' : 'invalid_dpop_proof'
}
