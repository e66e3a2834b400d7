/**
 * What a browser has to fetch before the web client can be used: the build is opened in Chromium, everything it asks for is gzipped as a
 * server would do it. What is loaded later on demand is listed apart.
 */
import type { Page } from '@playwright/test'
import { existsSync, globSync, readFileSync } from 'node:fs'
import type { SourceMapPayload } from 'node:module'
import { extname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { makeStale } from '../../scripts/lib/builds.ts'
import { root } from '../../scripts/lib/run.ts'
import { launchBrowser, newContext } from './lib/stage.ts'
import { shareBySource } from './lib/source-bytes.ts'
import type { Bench, Result } from './lib/report.ts'

const GOAL_KB = 350
const SHOWN = 12
const folder = join(root, 'out/web')
const ORIGIN = 'http://size.localhost'

const TYPES: Record<string, string> = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml', '.woff2': 'font/woff2' }

export const webSize: Bench = {
  name: 'web-size',
  summary: 'what the first load of the web client fetches, gzipped',
  async run () {
    await makeStale(['web'])
    const files = await listFirstLoad()
    const later = globSync('**/*.{js,css}', { cwd: folder }).filter((file) => !files.includes(file))
    const sum = (wanted: readonly string[]): number => wanted.reduce((total, file) => total + transferBytes(file), 0)
    const isFont = (file: string): boolean => file.endsWith('.woff2')
    const kb = (bytes: number): number => Number((bytes / 1000).toFixed(1))
    console.table(Object.fromEntries(files.map((file) => [file, { 'kB on disk': kb(readFileSync(join(folder, file)).length), 'kB gzipped': kb(transferBytes(file)) }])))
    const owners = kbByOwner(files)
    console.table(Object.fromEntries(owners.slice(0, SHOWN).map(([owner, bytes]) => [owner, { 'kB gzipped, about': kb(bytes) }])))
    const result = (metric: string, bytes: number): Result => ({ metric, unit: 'kB', value: kb(bytes) })
    const byType = (type: string): number => sum(files.filter((file) => file.endsWith(type)))
    return [
      { ...result('web-size', sum(files.filter((file) => !isFont(file)))), goal: GOAL_KB },
      result('web-size-js', byType('.js')), result('web-size-css', byType('.css')), result('web-size-html', byType('.html')),
      result('web-size-fonts', sum(files.filter(isFont))), result('web-size-later', sum(later)),
      ...owners.slice(0, SHOWN).map(([owner, bytes]) => result(`web-size-of-${owner.replace(/[^a-z0-9]+/gi, '-').replace(/^-/, '')}`, bytes))
    ]
  }
}

/** Files that Chromium asks for until the sign-in screen stands, which needs all of the client. */
async function listFirstLoad (): Promise<string[]> {
  const asked = new Set<string>()
  const browser = await launchBrowser()
  try {
    const context = await newContext(browser)
    await context.route(`${ORIGIN}/**`, async (route) => {
      const path = new URL(route.request().url()).pathname
      const file = path === '/' ? 'index.html' : path.slice(1)
      const isThere = existsSync(join(folder, file))
      if (isThere) asked.add(file)
      await route.fulfill(isThere
        ? { body: readFileSync(join(folder, file)), contentType: TYPES[extname(file)] ?? 'application/octet-stream' }
        : { status: 503, body: '' })
    })
    const page = await context.newPage()
    await page.goto(`${ORIGIN}/`)
    await waitForSignIn(page)
  } finally {
    await browser.close()
  }
  return [...asked]
}

async function waitForSignIn (page: Page): Promise<void> {
  await page.getByRole('textbox', { name: 'E-mail' }).waitFor()
  await page.evaluate(() => document.fonts.ready.then(() => undefined))
}

/** Fonts are compressed in themselves and are sent as they are. */
function transferBytes (file: string): number {
  const bytes = readFileSync(join(folder, file))
  return file.endsWith('.woff2') ? bytes.length : gzipSync(bytes, { level: 9 }).length
}

/** Bytes by package or folder, the greatest first: each script's gzipped bytes, shared by how much of its text comes from whom. */
function kbByOwner (files: readonly string[]): [owner: string, bytes: number][] {
  const totals = new Map<string, number>()
  for (const file of files.filter((name) => name.endsWith('.js') && existsSync(join(folder, `${name}.map`)))) {
    const map = JSON.parse(readFileSync(join(folder, `${file}.map`), 'utf8')) as SourceMapPayload
    for (const [owner, share] of shareBySource(readFileSync(join(folder, file), 'utf8'), map)) {
      totals.set(owner, (totals.get(owner) ?? 0) + share * transferBytes(file))
    }
  }
  return [...totals].sort(([, a], [, b]) => b - a)
}
