/** What the shell remembers beside the client's own data: which node, and where the window was. One JSON file in the profile's folder. */
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import * as z from 'zod/mini'
import { isNodeOrigin } from '#shared/ipc/node-origin.ts'
import { log } from './log.ts'

const boundsSchema = z.object({ x: z.int(), y: z.int(), width: z.int(), height: z.int(), isMaximized: z.boolean() })
export type SavedBounds = z.infer<typeof boundsSchema>

/** Each field falls back by itself: a bad one does not cost the others. */
const settingsSchema = z.object({
  nodeOrigin: z.catch(z.nullable(z.string().check(z.refine(isNodeOrigin))), null),
  bounds: z.catch(z.nullable(boundsSchema), null)
})
export type Settings = z.infer<typeof settingsSchema>

export interface SettingsFile {
  read(): Settings
  /** Written at once, whole or not at all. A full disk is logged, not thrown: nothing here is worth a crash. */
  write(changes: Partial<Settings>): void
}

/** @param path Absolute path of the file; made at the first write. */
export function openSettings (path: string): SettingsFile {
  let current = load(path)
  return {
    read: () => current,
    write (changes) {
      current = { ...current, ...changes }
      try {
        writeFileSync(`${path}.new`, JSON.stringify(current, null, 2))
        renameSync(`${path}.new`, path)
      } catch (error) {
        log('error', 'settings could not be written', { error: String(error) })
      }
    }
  }
}

function load (path: string): Settings {
  let stored: unknown = {}
  try {
    stored = JSON.parse(readFileSync(path, 'utf8'))
  } catch {
    // The first start, or a file that a crash of the machine left behind: both begin anew.
  }
  const result = z.safeParse(settingsSchema, stored)
  return result.success ? result.data : { nodeOrigin: null, bounds: null }
}

/** PARLEY_NODE wins for this run and is not stored: it is how `npm start` and stories point the app at their own node. */
export function nodeInUse (settings: SettingsFile, env: NodeJS.ProcessEnv = process.env): string | null {
  const wanted = env['PARLEY_NODE']
  if (wanted !== undefined && isNodeOrigin(wanted)) return wanted
  if (wanted !== undefined) log('warn', 'PARLEY_NODE is no node address: use https://host, or http:// on this machine')
  return settings.read().nodeOrigin
}
