/**
 * A small internet of network namespaces: a public network with the node and a TURN server (coturn), and homes behind routers of each
 * kind. Needs root, iproute2, nftables and coturn; `whyNoNatLab()` says what is missing.
 */
import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const exec = promisify(execFile)

/**
 * `open`: an address of its own on the public network. `cone`: a router that keeps the port (RFC 4787: most homes). `symmetric`: a random
 * port for each destination (companies, mobile networks). `no-udp`: as `cone`, and no UDP at all.
 */
export const HOMES = ['open', 'cone', 'symmetric', 'no-udp'] as const
export type Home = (typeof HOMES)[number]

export const TURN_SECRET = 'a secret that only the tests know'
/** RFC 5737: addresses that exist in documentation only. */
const NODE_ADDRESS = '203.0.113.1'
const HOST_ADDRESS = '203.0.113.254'

export interface NatLab extends AsyncDisposable {
  readonly nodeAddress: string
  /** Where the test itself is on the public network: its mail server. */
  readonly hostAddress: string
  readonly turnUrls: string
  /** What runs a program where the node is. */
  readonly inPublic: readonly string[]
  addHome(kind: Home): Promise<HomeInLab>
}

export interface HomeInLab {
  /** Runs a program in it, as one executable file. */
  readonly path: string
  /** By which others could know it: its own on the network at home, and the router's outside. */
  readonly addresses: readonly string[]
  /** Gives the computer another address in the same home; not for homes that are `open`. Without `quietly` its cable is pulled for it. */
  move(options?: { quietly?: boolean }): Promise<void>
  /** Stops every program in it, as a lid that is closed does; and lets them go on. */
  sleep(): Promise<void>
  wake(): Promise<void>
}

const TOOLS = ['/usr/bin/turnserver', '/usr/sbin/nft', '/usr/sbin/ip']

/** Null when a lab can be built here. */
export async function whyNoNatLab (): Promise<string | null> {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'network namespaces need Linux and root'
  const missing = TOOLS.filter((path) => !existsSync(path) && !existsSync(path.replace('/usr', '')))
  if (missing.length > 0) return `not installed: ${missing.join(', ')} (Debian: apt-get install coturn nftables iproute2)`
  const name = `parley-probe-${process.pid}`
  try {
    await exec('ip', ['netns', 'add', name])
    await exec('ip', ['netns', 'exec', name, 'nft', 'add', 'table', 'ip', 'probe'])
    return null
  } catch (error) {
    return `network namespaces are not allowed here: ${error instanceof Error ? error.message.split('\n')[0] ?? '' : ''}`
  } finally {
    await exec('ip', ['netns', 'del', name]).catch(() => undefined)
  }
}

export async function createNatLab (): Promise<NatLab> {
  const id = process.pid.toString(36)
  const namespaces: string[] = []
  const folder = await mkdtemp(join(tmpdir(), 'parley-nat-'))
  let homes = 0

  const ip = async (...args: string[]): Promise<void> => { await exec('ip', args) }
  const inside = async (namespace: string, command: string): Promise<void> => { await exec('ip', ['netns', 'exec', namespace, 'sh', '-ec', command]) }
  const add = async (name: string): Promise<string> => {
    const namespace = `parley-${id}-${name}`
    await ip('netns', 'add', namespace)
    namespaces.push(namespace)
    await inside(namespace, 'ip link set lo up')
    return namespace
  }
  /** Plugs a namespace into the public network. */
  const plug = async (namespace: string | null, link: string, address: string): Promise<void> => {
    await ip('link', 'add', link, 'type', 'veth', 'peer', 'name', `${link}p`)
    await ip('link', 'set', `${link}p`, 'netns', world)
    await inside(world, `ip link set ${link}p master br0; ip link set ${link}p up`)
    if (namespace === null) {
      await exec('sh', ['-ec', `ip addr add ${address}/24 dev ${link}; ip link set ${link} up`])
    } else {
      await ip('link', 'set', link, 'netns', namespace)
      await inside(namespace, `ip link set ${link} name wan; ip addr add ${address}/24 dev wan; ip link set wan up`)
    }
  }

  const world = await add('world')
  await inside(world, `ip link add br0 type bridge; ip addr add ${NODE_ADDRESS}/24 dev br0; ip link set br0 up; ip link add void type veth peer name voidp; ip link set voidp up; ip link set void arp off up; ip route add default dev void`)
  const hostLink = `pl${id}h`
  await plug(null, hostLink, HOST_ADDRESS)
  const turn = spawn('ip', ['netns', 'exec', world, 'turnserver', '-n', '--listening-ip', NODE_ADDRESS, '--relay-ip', NODE_ADDRESS, '--listening-port', '3478',
    '--use-auth-secret', '--static-auth-secret', TURN_SECRET, '--realm', 'parley', '--no-cli', '--no-tls', '--no-dtls', '--log-file', 'stdout',
    '--pidfile', join(folder, 'turn.pid'), '--userdb', join(folder, 'turn.db')], { stdio: 'ignore', cwd: folder })
  await answers(turn)

  return {
    nodeAddress: NODE_ADDRESS,
    hostAddress: HOST_ADDRESS,
    turnUrls: `turn:${NODE_ADDRESS}:3478?transport=udp,turn:${NODE_ADDRESS}:3478?transport=tcp`,
    inPublic: ['ip', 'netns', 'exec', world],
    async addHome (kind) {
      const nth = ++homes
      const home = await add(`home${nth}`)
      const address = `203.0.113.${10 + nth}`
      if (kind === 'open') {
        await plug(home, `pl${id}${nth}`, address)
      } else {
        const router = await add(`router${nth}`)
        await plug(router, `pl${id}${nth}`, address)
        await ip('link', 'add', 'lan', 'netns', router, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', home)
        await inside(router, `ip addr add 10.0.${nth}.1/24 dev lan; ip link set lan up; echo 1 > /proc/sys/net/ipv4/ip_forward`)
        await inside(home, `ip addr add 10.0.${nth}.2/24 dev eth0; ip link set eth0 up; ip route add default via 10.0.${nth}.1`)
        await inside(router, rulesOf(kind))
      }
      const path = join(folder, `in-home-${nth}`)
      await writeFile(path, `#!/bin/sh\nexec ip netns exec ${home} "$@"\n`)
      await chmod(path, 0o755)
      let host = 2
      const signal = async (name: 'STOP' | 'CONT'): Promise<void> => { await exec('sh', ['-ec', `kill -${name} $(ip netns pids ${home})`]) }
      return {
        sleep: async () => await signal('STOP'),
        wake: async () => await signal('CONT'),
        path,
        addresses: kind === 'open' ? [address] : [address, `10.0.${nth}.2`],
        async move ({ quietly = false } = {}) {
          const [down, up] = quietly ? ['true', 'true'] : ['ip link set eth0 down', 'ip link set eth0 up']
          await inside(home, `${down}; ip addr flush dev eth0; ip addr add 10.0.${nth}.${++host}/24 dev eth0; ${up}; ip route replace default via 10.0.${nth}.1`)
        }
      }
    },
    async [Symbol.asyncDispose] () {
      if (turn.exitCode === null) {
        turn.kill('SIGKILL')
        await once(turn, 'exit')
      }
      await ip('link', 'del', hostLink).catch(() => undefined)
      for (const namespace of namespaces) await ip('netns', 'del', namespace).catch(() => undefined)
      await rm(folder, { recursive: true, force: true })
    }
  }
}

function rulesOf (kind: Exclude<Home, 'open'>): string {
  const nat = `nft add table ip nat; nft 'add chain ip nat out { type nat hook postrouting priority 100 ; }'
    nft add rule ip nat out oifname wan masquerade ${kind === 'symmetric' ? 'fully-random' : ''}`
  // What was not asked for from inside does not come in, as with every router at home.
  const filter = `nft add table ip filter; nft 'add chain ip filter through { type filter hook forward priority 0 ; policy drop ; }'
    ${kind === 'no-udp' ? 'nft add rule ip filter through meta l4proto udp drop' : ''}
    nft add rule ip filter through ct state established,related accept; nft add rule ip filter through iifname lan accept
    nft 'add chain ip filter in { type filter hook input priority 0 ; policy accept ; }'; nft add rule ip filter in iifname wan meta l4proto udp drop`
  return `${nat}\n${filter}`
}

/** Resolves when coturn answers a STUN binding request (RFC 8489); rejects when it has ended or stays silent. */
async function answers (turn: ChildProcess): Promise<void> {
  const socket = createSocket('udp4')
  const request = Buffer.from('000100002112a442' + '07'.repeat(12), 'hex')
  try {
    await new Promise<void>((resolve, reject) => {
      const timer = setInterval(() => socket.send(request, 3478, NODE_ADDRESS), 100)
      const deadline = setTimeout(() => reject(new Error('coturn does not answer')), 20_000)
      const end = (): void => {
        clearInterval(timer)
        clearTimeout(deadline)
      }
      socket.on('message', () => { end(); resolve() })
      socket.on('error', () => undefined)
      turn.on('exit', (code) => { end(); reject(new Error(`coturn ended with ${String(code)}`)) })
    })
  } finally {
    socket.close()
  }
}
