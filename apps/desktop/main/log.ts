/**
 * The shell's log: one line of JSON per event, appended synchronously, so that the last line before a crash is there. Never holds messages,
 * names, links or keys.
 */
import { app } from 'electron'
import { appendFileSync, mkdirSync, renameSync, statSync } from 'node:fs'
import { join } from 'node:path'

type Level = 'info' | 'warn' | 'error'

/** Weeks of normal use; the previous file is kept, so at most twice this. */
const LOG_MAX_BYTES = 1_000_000

let file: string | null = null

/** @param folder Absolute path, made if missing. Without this call `log` says nothing. */
export function openLog (folder: string): void {
  try {
    mkdirSync(folder, { recursive: true })
    file = join(folder, 'parley.log')
    if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) > LOG_MAX_BYTES) renameSync(file, join(folder, 'parley.old.log'))
  } catch {
    file = null
  }
}

export function log (level: Level, message: string, details: Record<string, string | number | boolean | null> = {}): void {
  if (file === null) return
  try {
    appendFileSync(file, `${JSON.stringify({ at: new Date().toISOString(), level, message, ...details })}\n`)
  } catch {
    // A full disk must not take the app down for the sake of a log line.
  }
}

/** Notes what would else vanish: errors nobody caught, and processes of the app that ended by themselves. */
export function logCrashes (onRendererGone: () => void): void {
  process.on('uncaughtException', (error) => log('error', 'uncaught error', { error: error.stack ?? error.message }))
  process.on('unhandledRejection', (reason) => log('error', 'unhandled rejection', { error: reason instanceof Error ? reason.stack ?? reason.message : String(reason) }))
  app.on('child-process-gone', (_event, { type, reason, exitCode }) => log('error', 'a process ended', { type, reason, exitCode }))
  app.on('render-process-gone', (_event, _contents, { reason, exitCode }) => {
    log('error', 'the page ended', { reason, exitCode })
    if (reason !== 'clean-exit') onRendererGone()
  })
}
