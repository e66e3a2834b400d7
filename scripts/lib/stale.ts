/**
 * What a build was made of, file by file, so that `npm start` builds only what changed and can say why.
 * By content rather than by time: a fresh clone or a change of branch gives every file a new time.
 */
import { createHash } from 'node:crypto'
import { existsSync, globSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { cache, root } from './run.ts'

/** Path from the root → SHA-256 of the content. */
export type Sources = Record<string, string>

/** Tests and their tools end up in no build. */
const ignored = /(^|\/)(dist|testing|node_modules)\/|\.test\.tsx?$/

/** Reads files and everything below folders, both named from the root. What does not exist counts as empty. */
export function readSources (paths: readonly string[]): Sources {
  const files = paths.flatMap((path) => isFolder(path) ? globSync(`${path}/**/*`, { cwd: root }) : [path])
    .map((file) => file.replaceAll('\\', '/'))
    .filter((file) => !ignored.test(file) && existsSync(join(root, file)) && !isFolder(file))
    .sort()
  return Object.fromEntries(files.map((file) => [file, createHash('sha256').update(readFileSync(join(root, file))).digest('hex')]))
}

/** Why a build must be made again, as half a sentence; null when it stands. `output`: a file that the build leaves. */
export function whyStale (name: string, sources: Sources, output: string): string | null {
  if (!existsSync(join(root, output))) return 'it was never built'
  const built = readBuilt(name)
  if (built === null) return 'nobody knows what it was built from'
  const changed = [...new Set([...Object.keys(sources), ...Object.keys(built)])].filter((file) => sources[file] !== built[file])
  if (changed.length === 0) return null
  return `${changed[0] ?? ''}${changed.length > 1 ? ` and ${changed.length - 1} more` : ''} changed`
}

export function rememberBuilt (name: string, sources: Sources): void {
  const file = join(cache, `built-${name}.json`)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, JSON.stringify(sources))
}

function readBuilt (name: string): Sources | null {
  try {
    return JSON.parse(readFileSync(join(cache, `built-${name}.json`), 'utf8')) as Sources
  } catch {
    return null
  }
}

const isFolder = (path: string): boolean => statSync(join(root, path), { throwIfNoEntry: false })?.isDirectory() ?? false
