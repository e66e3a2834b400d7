/** Database URLs: the scheme names the engine. SQLite's are `sqlite:///absolute/path` and `sqlite::memory:`. */
import { fileURLToPath, pathToFileURL } from 'node:url'

/** A database that is gone when it is closed. */
export const IN_MEMORY_URL = 'sqlite::memory:'

const SCHEME = /^([a-z][a-z0-9+.-]*):/i

/** Returns the scheme in lower case, without the colon; null for text that has none. */
export function schemeOf (url: string): string | null {
  return SCHEME.exec(url)?.[1]?.toLowerCase() ?? null
}

/** @param path of a file, absolute or relative to the working directory */
export function toSqliteUrl (path: string): string {
  return pathToFileURL(path).href.replace(/^file:/, 'sqlite:')
}

/** Returns the absolute path of the file, or `:memory:`; null for a URL of another form. */
export function toSqlitePath (url: string): string | null {
  if (url === IN_MEMORY_URL) return ':memory:'
  // Two slashes would make the first folder a host, one and none a relative path: neither is where the author expects it.
  if (!/^sqlite:\/\/\/[^?#]+$/i.test(url)) return null
  try {
    return fileURLToPath(url.replace(/^sqlite:/i, 'file:'))
  } catch {
    return null
  }
}
