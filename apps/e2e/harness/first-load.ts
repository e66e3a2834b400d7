/** What a browser has to fetch of the built web client, and how much that is. */
import type { Browser } from '@playwright/test'
import { existsSync, readFileSync } from 'node:fs'
import { get } from 'node:http'
import { extname, join } from 'node:path'
import { root } from '../../../scripts/lib/run.ts'

/** What the first load of the web client may weigh. */
export const FIRST_LOAD_GOAL_KB = 350

export const webFolder = join(root, 'out/web')
const ORIGIN = 'http://size.localhost'
const TYPES: Record<string, string> = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml', '.woff2': 'font/woff2' }

/** Files of the build that are asked for until the sign-in screen stands, which needs no node. */
export async function listFirstLoad (browser: Browser): Promise<string[]> {
  // The service worker fetches everything there is, behind the page.
  const context = await browser.newContext({ serviceWorkers: 'block' })
  const asked = new Set<string>()
  await context.route(`${ORIGIN}/**`, async (route) => {
    const file = toFile(route.request().url())
    if (file !== null) asked.add(file)
    await route.fulfill(file === null
      ? { status: 503, body: '' }
      : { body: readFileSync(join(webFolder, file)), contentType: TYPES[extname(file)] ?? 'application/octet-stream' })
  })
  const page = await context.newPage()
  await page.goto(`${ORIGIN}/`)
  await page.getByRole('textbox', { name: 'E-mail' }).waitFor()
  await page.evaluate(() => document.fonts.ready.then(() => undefined))
  await context.close()
  return [...asked]
}

/** The file of the build that an address stands for; null when there is none. */
export function toFile (address: string): string | null {
  const { pathname } = new URL(address)
  const file = pathname === '/' ? 'index.html' : pathname.slice(1)
  return existsSync(join(webFolder, file)) ? file : null
}

export const isFont = (file: string): boolean => file.endsWith('.woff2')

/** Bytes of the response body for each file, as a node sends them to a browser. */
export async function measureSent (origin: string, files: readonly string[]): Promise<ReadonlyMap<string, number>> {
  const sizes = new Map<string, number>()
  for (const file of new Set(files)) sizes.set(file, await countSent(new URL(file === 'index.html' ? '/' : `/${file}`, origin)))
  return sizes
}

/** `fetch` would decompress, and say nothing of what came. */
function countSent (url: URL): Promise<number> {
  return new Promise((resolve, reject) => {
    get(url, { headers: { 'accept': '*/*', 'accept-encoding': 'gzip, deflate, br, zstd' } }, (response) => {
      let bytes = 0
      response.on('data', (chunk: Buffer) => { bytes += chunk.length }).on('error', reject)
        .on('end', () => response.statusCode === 200 ? resolve(bytes) : reject(new Error(`${url.href} was answered with ${response.statusCode ?? 0}`)))
    }).on('error', reject)
  })
}
