import { mkdtempSync, mkdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe, expect, test, vi } from 'vitest'
import { protocol } from '../testing/electron.ts'
import { contentSecurityPolicy, registerAppScheme, resolveAppFile, serveApp } from './app-scheme.ts'

vi.mock('electron', () => import('../testing/electron.ts'))

const outside = mkdtempSync(join(tmpdir(), 'parley-scheme-'))
const folder = join(outside, 'renderer')
let node: string | null = 'https://parley.example'

const get = async (path: string, method = 'GET'): Promise<Response> => {
  if (protocol.serve === null) throw new Error('nothing is served')
  return protocol.serve(new Request(`parley-app://app${path}`, { method }))
}

beforeAll(() => {
  mkdirSync(join(folder, 'assets'), { recursive: true })
  writeFileSync(join(folder, 'index.html'), '<title>Parley</title>')
  writeFileSync(join(folder, 'assets/main.js'), 'export {}')
  writeFileSync(join(outside, 'secret.txt'), 'vault')
  mkdirSync(join(outside, 'renderer-evil'))
  writeFileSync(join(outside, 'renderer-evil/main.js'), 'evil')
  registerAppScheme()
  serveApp(folder, () => node)
})

describe('the app\'s own scheme', () => {
  test('is a secure context with an origin, and may not go around the policy', () => {
    const [scheme] = protocol.schemes
    expect(scheme).toMatchObject({ scheme: 'parley-app', privileges: { standard: true, secure: true, supportFetchAPI: true } })
    expect(scheme?.privileges['bypassCSP']).toBeUndefined()
  })

  test('serves files with their type and never guesses', async () => {
    const script = await get('/assets/main.js')
    expect(script.headers.get('content-type')).toBe('text/javascript; charset=utf-8')
    expect(script.headers.get('x-content-type-options')).toBe('nosniff')
    expect(await script.text()).toBe('export {}')
  })

  test('gives the page for places inside the app, and 404 for files that are not there', async () => {
    for (const path of ['/', '/join', '/rooms/0a1b?x=1#y']) expect(await (await get(path)).text()).toContain('Parley')
    expect((await get('/assets/other.js')).status).toBe(404)
  })

  test('answers only reading', async () => {
    expect((await get('/', 'POST')).status).toBe(405)
  })

  test.each([
    '/../secret.txt', '/..%2fsecret.txt', '/%2e%2e/secret.txt', '/%2e%2e%2fsecret.txt', '/assets/..%2f..%2fsecret.txt',
    '/..%5csecret.txt', '/%2e%2e%5csecret.txt', '/..%2frenderer-evil%2fmain.js', '/C:%5csecret.txt', '/assets/main.js%00.png', '/%E0%A4%A.js'
  ])('never leaves its folder: %s', async (path) => {
    const response = await get(path)
    expect(response.status).toBe(404)
    expect(await response.text()).toBe('')
  })

  test.each(['parley-app://other/index.html', 'parley-app://app@evil/index.html', 'https://app/index.html', 'file:///etc/passwd', 'not a url'])(
    'knows only its own host: %s', (url) => {
      expect(resolveAppFile(folder, url)).toBeNull()
    })
})

describe('the content security policy', () => {
  test('lets the page talk to the chosen node and to nobody else', async () => {
    const policy = (await get('/')).headers.get('content-security-policy')
    expect(policy).toContain('connect-src \'self\' https://parley.example wss://parley.example;')
    node = 'http://127.0.0.1:8080'
    expect((await get('/')).headers.get('content-security-policy')).toContain('connect-src \'self\' http://127.0.0.1:8080 ws://127.0.0.1:8080;')
  })

  test('starts from nothing and runs no inline script', () => {
    const policy = contentSecurityPolicy(null)
    expect(policy).toMatch(/^default-src 'none'/)
    expect(policy).toContain('connect-src \'self\';')
    expect(/script-src [^;]*/.exec(policy)?.[0]).not.toMatch(/unsafe-inline|'unsafe-eval'|https?:/)
  })
})
