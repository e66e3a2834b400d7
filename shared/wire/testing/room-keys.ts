/** Keys of rooms, and what a device shows with them at the rendezvous. */
import type { DeviceKey, RoomTag } from '../../ids.ts'
import type { ListedInvite, Place } from '../rendezvous.ts'
import { proveKey, type RoomKeys } from '../rendezvous-proof.ts'

/** A key pair that stands for a room, or for an invitation. */
export async function createRoomKeys (): Promise<RoomKeys> {
  const { privateKey, publicKey } = await crypto.subtle.generateKey('Ed25519', false, ['sign', 'verify'])
  return { privateKey, publicKey: new Uint8Array(await crypto.subtle.exportKey('raw', publicKey)) }
}

/** A room as `device` registers it at `node`, proven by `keys`. */
export const createPlace = async ({ room, keys, device, node, invites = [] }: {
  room: RoomTag
  keys: RoomKeys
  device: DeviceKey
  node: Uint8Array
  invites?: ListedInvite[]
}): Promise<Place> => ({ room, invites, key: keys.publicKey, proof: await proveKey(keys.privateKey, { room, device, node }) })
