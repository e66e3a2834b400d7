/** Serves the built renderer under the app's own scheme, and nothing else of the disk, with a strict content security policy. */
import { net, protocol } from 'electron'
import { extname, resolve, sep } from 'node:path'
import { pathToFileURL } from 'node:url'
import { APP_SCHEME, isAppUrl } from './origin.ts'

/** Must run before Electron is ready. The scheme is like https to Chromium: a secure context with an origin and with storage. */
export function registerAppScheme (): void {
  protocol.registerSchemesAsPrivileged([{
    scheme: APP_SCHEME,
    privileges: { standard: true, secure: true, supportFetchAPI: true, codeCache: true }
  }])
}

/**
 * @param folder Absolute path of out/renderer.
 * @param nodeOrigin The node in use right now: besides the app itself the only address that a page may talk to.
 */
export function serveApp (folder: string, nodeOrigin: () => string | null): void {
  protocol.handle(APP_SCHEME, async (request) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') return new Response(null, { status: 405 })
    const file = resolveAppFile(folder, request.url)
    if (file === null) return new Response(null, { status: 404 })
    let found: Response
    try {
      found = await net.fetch(pathToFileURL(file).href, { bypassCustomProtocolHandlers: true })
    } catch {
      return new Response(null, { status: 404 })
    }
    return new Response(found.body, { status: found.status, headers: responseHeaders(file, nodeOrigin()) })
  })
}

/**
 * The file that a URL of the app names, or null when it names none inside `folder`. A path without an extension is a place inside the app
 * (`/rooms/…`, `/join`) and gets the app's page.
 */
export function resolveAppFile (folder: string, url: string): string | null {
  if (!isAppUrl(url)) return null
  let path: string
  try {
    path = decodeURIComponent(new URL(url).pathname)
  } catch {
    return null
  }
  // A backslash is a separator on Windows, a colon may name a drive or a stream there, and NUL ends a path in C.
  if (/[\\:\0]/.test(path)) return null
  const file = resolve(folder, `.${extname(path) === '' ? '/index.html' : path}`)
  return file.startsWith(folder + sep) ? file : null
}

const MIME: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.webmanifest': 'application/manifest+json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.webp': 'image/webp',
  '.woff2': 'font/woff2',
  '.wasm': 'application/wasm',
  '.mp3': 'audio/mpeg',
  '.ogg': 'audio/ogg'
}

export function responseHeaders (file: string, nodeOrigin: string | null): Record<string, string> {
  return {
    'Content-Type': MIME[extname(file)] ?? 'application/octet-stream',
    'Content-Security-Policy': contentSecurityPolicy(nodeOrigin),
    'X-Content-Type-Options': 'nosniff',
    'Referrer-Policy': 'no-referrer',
    'Cross-Origin-Opener-Policy': 'same-origin'
  }
}

/** No inline script, no eval, no frame, no form that leaves; connections only to the node (HTTP and the relay's WebSocket). */
export function contentSecurityPolicy (nodeOrigin: string | null): string {
  const node = nodeOrigin === null ? '' : ` ${nodeOrigin} ${nodeOrigin.replace(/^http/, 'ws')}`
  return [
    'default-src \'none\'',
    'script-src \'self\' \'wasm-unsafe-eval\'',
    'worker-src \'self\' blob:',
    // Virtual lists place their rows with style attributes.
    'style-src \'self\' \'unsafe-inline\'',
    `img-src 'self' data: blob:${nodeOrigin === null ? '' : ` ${nodeOrigin}`}`,
    'media-src \'self\' blob:',
    'font-src \'self\'',
    'manifest-src \'self\'',
    `connect-src 'self'${node}`,
    'base-uri \'none\'',
    'form-action \'none\'',
    'frame-ancestors \'none\''
  ].join('; ')
}
