/** Reverse proxies as docs/HOSTING.md describes them, read from that page, with only what a test machine forces upon them changed. */
import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

export interface Proxy { stop(): Promise<void> }

const run = promisify(execFile)
const page = join(import.meta.dirname, '../../../docs/HOSTING.md')
const READY_TIME_LIMIT_MS = 20_000

/** The first fenced block of a page that holds `text`. */
async function blockWith (text: string): Promise<string> {
  const found = [...(await readFile(page, 'utf8')).matchAll(/^```\w*\n([\s\S]*?)^```/gm)].map(([, block]) => block ?? '').find((block) => block.includes(text))
  if (found === undefined) throw new Error(`docs/HOSTING.md has no block with ${text}`)
  return found
}

export const systemdUnit = async (): Promise<string> => await blockWith('[Service]')

export const proxyPrograms = { nginx: '/usr/sbin/nginx', caddy: '/usr/bin/caddy' } as const
export type ProxyName = keyof typeof proxyPrograms

/** Starts a proxy for `https://chat.example` on `port`, before the node at `nodePort`. Resolves when it listens. */
export async function startProxy (name: ProxyName, { port, nodePort }: { port: number, nodePort: number }): Promise<Proxy> {
  const folder = await mkdtemp(join(tmpdir(), `parley-${name}-`))
  const configure = name === 'nginx' ? configureNginx : configureCaddy
  const child = spawn(proxyPrograms[name], await configure(folder, port, nodePort), { stdio: ['ignore', 'pipe', 'pipe'], env: { HOME: folder, XDG_DATA_HOME: folder } })
  let said = ''
  for (const output of [child.stdout, child.stderr]) output.on('data', (chunk: Buffer) => { said += chunk.toString() })
  try {
    await untilListening(child, port)
  } catch (cause) {
    throw new Error(`${name} does not listen: ${said}`, { cause })
  }
  return {
    async stop () {
      if (child.exitCode === null) {
        child.kill('SIGTERM')
        await once(child, 'close')
      }
      await rm(folder, { recursive: true, force: true, maxRetries: 3 })
    }
  }
}

/** A certificate of its own in place of Let's Encrypt's, other ports, and files in a folder of its own; the server block is the page's. */
async function configureNginx (folder: string, port: number, nodePort: number): Promise<string[]> {
  const [certificate, key] = [join(folder, 'fullchain.pem'), join(folder, 'privkey.pem')]
  await run('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2', '-subj', '/CN=chat.example',
    '-addext', 'subjectAltName=DNS:chat.example', '-keyout', key, '-out', certificate])
  const server = (await blockWith('proxy_pass'))
    .replace('/etc/letsencrypt/live/chat.example/fullchain.pem', certificate)
    .replace('/etc/letsencrypt/live/chat.example/privkey.pem', key)
    .replace('listen 443 ', `listen 127.0.0.1:${port} `)
    .replaceAll('127.0.0.1:8080', `127.0.0.1:${nodePort}`)
  const file = join(folder, 'nginx.conf')
  const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((kind) => `${kind}_temp_path ${folder}/${kind};`).join(' ')
  await writeFile(file, `daemon off; pid ${folder}/pid; error_log stderr warn; events { worker_connections 768; }\nhttp { access_log off; ${paths}\n${server}\n}\n`)
  return ['-c', file, '-p', folder]
}

async function configureCaddy (folder: string, port: number, nodePort: number): Promise<string[]> {
  const site = (await blockWith('reverse_proxy')).replaceAll('127.0.0.1:8080', `127.0.0.1:${nodePort}`)
  const file = join(folder, 'Caddyfile')
  await writeFile(file, `{\n  admin off\n  local_certs\n  skip_install_trust\n  auto_https disable_redirects\n  https_port ${port}\n  default_bind 127.0.0.1\n}\n${site}`)
  return ['run', '--config', file, '--adapter', 'caddyfile']
}

async function untilListening (child: ChildProcess, port: number): Promise<void> {
  const givesUpAt = Date.now() + READY_TIME_LIMIT_MS
  for (;;) {
    if (child.exitCode !== null || Date.now() > givesUpAt) throw new Error('it ended or took too long')
    const socket = connect(port, '127.0.0.1')
    const isOpen = await new Promise<boolean>((resolve) => { socket.once('connect', () => resolve(true)).once('error', () => resolve(false)) })
    socket.destroy()
    if (isOpen) return
    await new Promise((resolve) => { setTimeout(resolve, 50) })
  }
}

export const hasProxy = (name: ProxyName): boolean => existsSync(proxyPrograms[name])
