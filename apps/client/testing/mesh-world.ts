/**
 * A real relay on a real port and people with real meshes (WebRTC by node-datachannel in Node), passports signed by a real key: what the
 * tests of the mesh are told on.
 *
 * @example
 *   await using world = await createMeshWorld()
 *   const alice = await world.join('Alice'), bob = await world.join('Bob')
 */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { exportJWK, SignJWT } from 'jose'
import { expect } from 'vitest'
import { createLimiter, type Limiter, type LimitChanges } from '../../../bootstrap/limits/index.ts'
import { createRelay, type Relay } from '../../../bootstrap/relay/index.ts'
import { checkPassport, deviceKeyThumbprint, PASSPORT_ALG, PASSPORT_AUDIENCE, PASSPORT_TYP, type PassportClaims } from '#shared/http/passport.ts'
import type { ProtocolRange } from '#shared/protocol.ts'
import { toHex, type DeviceKey, type RoomTag } from '#shared/ids.ts'
import type { RoomKeys } from '#shared/wire/rendezvous-proof.ts'
import { createRoomKeys } from '#shared/wire/testing/room-keys.ts'
import { createMesh, type Libp2pMesh } from '../mesh/index.ts'
import type { Remote, RoomMesh } from '../mesh/types.ts'

export const ISSUER = 'http://node.example'
export const KITCHEN = '00112233445566778899aabbccddeeff' as RoomTag

export interface Person {
  name: string
  device: DeviceKey
  mesh: Libp2pMesh
  libp2p: Libp2pMesh['libp2p']
  /** What a room's gossip brought, by room. */
  heard: { frame: string, from: Remote }[]
  enter(room: RoomTag, isMember?: (device: DeviceKey) => boolean): RoomMesh
  say(room: RoomMesh, text: string): Promise<number>
  passport: string | null
  /** With whom this person makes no direct link; empty at first. */
  hidesFrom: Set<DeviceKey>
}

export interface MeshWorld extends AsyncDisposable {
  readonly relay: Relay
  readonly limiter: Limiter
  /** The access key of every room here. */
  readonly roomKeys: RoomKeys
  /** Issues what the node would issue after an e-mail code. */
  issue(device: DeviceKey, name: string, lastsMs?: number): Promise<string>
  verify(jwt: string, device: DeviceKey): Promise<PassportClaims | null>
  readonly port: number
  /** Starts a mesh; `passport: null` for somebody who has none, `port` to reach the node by another, `protocol` for another version. Not yet online. */
  person(name: string, options?: { passport?: null, port?: number, relayedIdleMs?: number, protocol?: ProtocolRange }): Promise<Person>
  /** The same, and waits until the node knows the person. */
  join(name: string, options?: { port?: number, relayedIdleMs?: number, protocol?: ProtocolRange }): Promise<Person>
  killNode(): Promise<void>
  /** At the same port with the same data. */
  startNode(): Promise<void>
}

export interface MeshWorldOptions {
  /** Other numbers for some limits of the node. */
  limits?: LimitChanges
  /** How often the node looks for devices that have fallen silent. */
  lookEveryMs?: number
  /** What the node speaks. */
  protocol?: ProtocolRange
}

export async function createMeshWorld ({ limits = {}, lookEveryMs = 15_000, protocol }: MeshWorldOptions = {}): Promise<MeshWorld> {
  const dataDir = await mkdtemp(join(tmpdir(), 'parley-mesh-'))
  const signer = await crypto.subtle.generateKey('Ed25519', true, ['sign', 'verify'])
  const people: Person[] = []
  const limiter = createLimiter({ changes: limits })
  const roomKeys = await createRoomKeys()
  let http: Server
  let relay: Relay
  let port = 0

  const verify: MeshWorld['verify'] = async (jwt, device) => {
    const check = await checkPassport(jwt, { findKey: () => Promise.resolve(signer.publicKey), issuer: ISSUER, now: Date.now() })
    return check.status === 'valid' && check.claims.cnf.jkt === await deviceKeyThumbprint(device) ? check.claims : null
  }
  const startNode = async (): Promise<void> => {
    http = createServer((_request, response) => response.writeHead(404).end())
    await new Promise<void>((resolve, reject) => { http.once('error', reject).listen(port, '127.0.0.1', resolve) })
    port = (http.address() as AddressInfo).port
    relay = await createRelay({
      dataDir, lookEveryMs, limiter, httpServer: http, verifyPassport: verify,
      publicUrl: () => `http://127.0.0.1:${port}`,
      clientAddress: ({ socket }) => socket.remoteAddress ?? '',
      mayConnectFrom: () => false,
      ...(protocol === undefined ? {} : { protocol })
    })
  }
  const killNode = async (): Promise<void> => {
    await relay.stop()
    http.closeAllConnections()
    await new Promise((resolve) => { http.close(resolve) })
  }
  await startNode()

  const issue: MeshWorld['issue'] = async (device, name, lastsMs = 3_600_000) =>
    await new SignJWT({ name, cnf: { jkt: await deviceKeyThumbprint(device) } })
      .setProtectedHeader({ alg: PASSPORT_ALG, typ: PASSPORT_TYP, kid: (await exportJWK(signer.publicKey)).x ?? '' })
      .setIssuer(ISSUER).setAudience(PASSPORT_AUDIENCE).setSubject(`account-of-${name}`)
      .setIssuedAt().setExpirationTime((Date.now() + lastsMs) / 1000).sign(signer.privateKey)

  const person: MeshWorld['person'] = async (name, options) => {
    const keyPair = await crypto.subtle.generateKey('Ed25519', false, ['sign', 'verify'])
    const device = toHex(new Uint8Array(await crypto.subtle.exportKey('raw', keyPair.publicKey))) as DeviceKey
    const heard: Person['heard'] = []
    const mesh = await createMesh({
      keyPair, localKey: device,
      ...(options?.protocol === undefined ? {} : { protocol: options.protocol }),
      relayAddrs: () => Promise.resolve(relay.multiaddrs().map((address) => address.replace(`/tcp/${port}/`, `/tcp/${options?.port ?? port}/`))),
      isHiddenFrom: (other) => self.hidesFrom.has(other),
      passport: () => self.passport,
      ...options?.relayedIdleMs === undefined ? {} : { relayedIdleMs: options.relayedIdleMs },
      verifyPassport: verify
    })
    const self: Person = {
      name, device, heard, mesh,
      hidesFrom: new Set(),
      libp2p: mesh.libp2p,
      passport: options?.passport === null ? null : await issue(device, name),
      enter: (room, isMember = () => true) => self.mesh.enterRoom(room, {
        isMember,
        keys: roomKeys,
        invites: () => [],
        validate (frame, from) {
          const text = new TextDecoder().decode(frame)
          if (text.startsWith('forged')) return Promise.resolve({ verdict: 'reject', reason: 'test-forged' })
          return Promise.resolve({ verdict: 'accept', deliver: () => { heard.push({ frame: text, from }) } })
        }
      }),
      say: async (room, text) => await room.publish(new TextEncoder().encode(text))
    }
    people.push(self)
    await self.mesh.start()
    return self
  }

  return {
    get relay () { return relay },
    get port () { return port },
    issue, verify, person, killNode, startNode, limiter, roomKeys,
    async join (name, options) {
      const self = await person(name, options)
      await expect.poll(() => self.mesh.node.value, { timeout: 10_000 }).toBe('online')
      return self
    },
    async [Symbol.asyncDispose] () {
      await Promise.all(people.map(async ({ mesh }) => await mesh.stop()))
      await killNode()
      await rm(dataDir, { recursive: true })
    }
  }
}

/** How `a` reaches `b` right now: `relayed` is by the node, whether or not a connection goes through it. */
export const pathOf = (a: Person, b: Person): 'direct' | 'relayed' | 'none' =>
  a.mesh.links.value.get(b.device)?.path ?? (a.mesh.reachable.value.has(b.device) ? 'relayed' : 'none')
