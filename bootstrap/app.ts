/**
 * The node's HTTP half: what it is made of. One plugin per concern, one file of routes per resource; `server.ts` lets it listen.
 * A request passes: limits per address → validation by the zod schemas of `shared/http` → device proof → handler; whatever is thrown
 * leaves as problem+json.
 *
 * @example
 * const app = await createApp(services, { webRoot: null, relay: () => null })
 * await app.inject('/v1/info')
 */
import fastify, { LogController, type FastifyBaseLogger, type FastifyRequest } from 'fastify'
import { serializerCompiler, validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod'
import type { App, RelayInfo } from './http.ts'
import type { Metrics } from './metrics/index.ts'
import { metricsRoute } from './metrics/route.ts'
import { boundConnections } from './plugins/connections.ts'
import { cors } from './plugins/cors.ts'
import { deviceAuth } from './plugins/device-auth.ts'
import { limits } from './plugins/limits.ts'
import { openapi } from './plugins/openapi.ts'
import { problems } from './plugins/problems.ts'
import { createRawErrors } from './plugins/raw-errors.ts'
import { security } from './plugins/security.ts'
import { webClient } from './plugins/web-client.ts'
import { authRoutes } from './routes/auth.ts'
import { backupRoutes } from './routes/backup.ts'
import { devMailRoute } from './routes/dev-mail.ts'
import { deviceRoutes } from './routes/devices.ts'
import { displayNameRoutes } from './routes/display-name.ts'
import { eraseRoutes } from './routes/erase.ts'
import { healthRoutes } from './routes/health.ts'
import { iceRoutes } from './routes/ice.ts'
import { infoRoutes, jwksRoute } from './routes/info.ts'
import { invitationRoutes } from './routes/invitations.ts'
import { passRoutes } from './routes/passes.ts'
import type { Services } from './services.ts'

export interface AppOptions {
  /** Folder of the built web client; null: none. */
  webRoot: string | null
  /** Null until the relay runs. */
  relay: () => RelayInfo | null
  /** Null: nothing is counted. */
  metrics?: Metrics | null
}

/** RFC 9112 section 3.2. */
async function refuseWithoutHost ({ raw }: FastifyRequest): Promise<void> {
  if (raw.httpVersion === '1.1' && raw.headers.host === undefined) {
    throw Object.assign(new Error('The request has no Host header.'), { statusCode: 400 })
  }
  return Promise.resolve()
}

export async function createApp (services: Services, { webRoot, relay, metrics = null }: AppOptions): Promise<App> {
  const loggerInstance: FastifyBaseLogger = services.log
  const { limiter, config } = services
  const app: App = fastify({
    loggerInstance,
    logController: new LogController({ disableRequestLogging: true }),
    trustProxy: config.trustedProxies,
    bodyLimit: limiter.max('request-body'),
    requestTimeout: limiter.max('request-time'),
    // Ends a socket on which nothing is read or written for so long. Node counts it as progress when the system takes a part of what waits.
    connectionTimeout: limiter.max('response-pause'),
    keepAliveTimeout: limiter.max('idle-time'),
    ...createRawErrors({ isHttps: config.publicUrl?.startsWith('https:') ?? false }),
    http: {
      // Else Node itself answers, without a body; `refuseWithoutHost` does it instead.
      requireHostHeader: false,
      // Node looks for what is too late only this often, by default twice a minute.
      headersTimeout: limiter.max('header-time'),
      connectionsCheckingInterval: 5000
    },
    // On stop, connections that only wait are closed at once.
    forceCloseConnections: 'idle'
  }).withTypeProvider<ZodTypeProvider>()
  boundConnections(app.server, { limiter, trustedProxies: config.trustedProxies })
  app.setValidatorCompiler(validatorCompiler)
  app.setSerializerCompiler(serializerCompiler)

  app.addHook('onResponse', (request, reply, done) => {
    const path = request.url.split('?', 1)[0]
    request.log.debug({ method: request.method, path, status: reply.statusCode, ms: Math.round(reply.elapsedTime) }, 'request')
    metrics?.onResponse({
      method: request.method, route: request.routeOptions.url ?? null, status: reply.statusCode, seconds: reply.elapsedTime / 1000
    })
    done()
  })
  let isClosing = false
  app.addHook('preClose', (done) => {
    isClosing = true
    done()
  })
  // A connection that is busy when the node begins to stop would otherwise be kept alive after its response, and the stop would wait for it.
  app.addHook('onSend', (_request, reply, _payload, done) => {
    if (isClosing) reply.header('connection', 'close')
    done()
  })
  await app.register(problems, services)
  await app.register(security, services)
  await app.register(limits, services)
  await app.register(deviceAuth, services)
  app.addHook('onRequest', refuseWithoutHost)
  await app.register(openapi)

  await app.register(async (scope) => {
    const v1 = scope.withTypeProvider<ZodTypeProvider>() as App
    await v1.register(cors)
    v1.addHook('onRequest', app.limits.address)
    // Answers of the interface are about one person and one moment.
    v1.addHook('onSend', (_request, reply, _payload, done) => {
      if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store')
      done()
    })
    authRoutes(v1, services)
    backupRoutes(v1, services)
    deviceRoutes(v1, services)
    displayNameRoutes(v1, services)
    iceRoutes(v1, services)
    infoRoutes(v1, services, relay)
    invitationRoutes(v1, services)
    eraseRoutes(v1, services)
    passRoutes(v1, services)
  }, { prefix: '/v1' })
  jwksRoute(app, services)
  healthRoutes(app, services, relay)
  const { metrics: shown } = config
  if (metrics !== null && shown !== null && shown.port === null) metricsRoute(app, metrics, shown.token)
  devMailRoute(app, services)
  await app.register(webClient, { webRoot })
  return app
}
