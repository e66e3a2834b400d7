/** The database systems that the node can use, by the scheme of their URLs. The one place that chooses between them. */
import { ConfigError } from '../../config.ts'
import { schemeOf } from '../url.ts'
import type { DatabaseEngine } from './engine.ts'
import { sqlite } from './sqlite.ts'

const ENGINES: ReadonlyMap<string, DatabaseEngine> = new Map([
  ['sqlite', sqlite]
])

/** @throws {ConfigError} for a scheme that no engine has. It names the scheme only: a URL may hold a password. */
export function engineOf (url: string): DatabaseEngine {
  const scheme = schemeOf(url)
  const engine = scheme === null ? undefined : ENGINES.get(scheme)
  if (engine !== undefined) return engine
  const forms = [...ENGINES.values()].map(({ urlForm }) => urlForm).join(', ')
  throw new ConfigError(scheme === null
    ? `The database URL has no scheme: use ${forms}.`
    : `Databases of the scheme ${scheme}: are not supported: use ${forms}.`)
}

/** Returns true when a database took no more: the disk is full, or cannot be written for another reason that may pass. */
export function isOutOfSpace (error: unknown): boolean {
  return [...ENGINES.values()].some((engine) => engine.isOutOfSpace(error))
}
