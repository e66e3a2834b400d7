/**
 * Finds a Chromium for the browser tests: the one named by PARLEY_CHROMIUM, else an installed Chrome, Chromium or Edge, else
 * Playwright's own. `provideChromium()` also gets one where none is.
 */
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { chromium } from '@playwright/test'
import { installFromDebian } from './debian.ts'
import { run } from './run.ts'

const INSTALL_TIME_LIMIT_MS = 10 * 60_000

/** Path of an executable, or null. */
export function findChromium (): string | null {
  const candidates = [process.env['PARLEY_CHROMIUM'], ...installed(), chromium.executablePath()]
  return candidates.find((path) => path !== undefined && path !== '' && existsSync(path)) ?? null
}

/** Finds one or installs one. @throws {Error} With one sentence that says how to get one by hand. */
export async function provideChromium (): Promise<string> {
  const found = findChromium()
  if (found !== null) return found
  console.log('No Chrome, Chromium or Edge is installed: fetching Playwright\'s Chromium')
  await run('playwright', ['install', 'chromium'], { timeout: INSTALL_TIME_LIMIT_MS })
  if (findChromium() === null) await installFromDebian('chromium')
  const gotten = findChromium()
  if (gotten !== null) return gotten
  throw new Error('The browser tests need Chrome, Chromium or Edge, and none could be fetched: install one, or set PARLEY_CHROMIUM to its path.')
}

function installed (): string[] {
  const env = process.env
  if (process.platform === 'darwin') {
    return ['Google Chrome', 'Chromium', 'Microsoft Edge'].map((name) => `/Applications/${name}.app/Contents/MacOS/${name}`)
  }
  if (process.platform === 'win32') {
    const folders = [env['PROGRAMFILES'], env['PROGRAMFILES(X86)'], env['LOCALAPPDATA']].filter((folder) => folder !== undefined)
    return ['Google\\Chrome\\Application\\chrome.exe', 'Chromium\\Application\\chrome.exe', 'Microsoft\\Edge\\Application\\msedge.exe']
      .flatMap((program) => folders.map((folder) => join(folder, program)))
  }
  const names = ['chromium', 'google-chrome-stable', 'google-chrome', 'chromium-browser', 'microsoft-edge-stable', 'microsoft-edge']
  const folders = [...(env['PATH'] ?? '').split(delimiter).filter(Boolean), '/usr/bin', '/snap/bin']
  return names.flatMap((name) => folders.map((folder) => join(folder, name)))
}
