/**
 * Stands in for the curve of a kind of key that no device of ours has. libp2p would bring it for peers with such keys; whoever shows one here
 * fails in the handshake, a step before the mesh would have refused them anyway. Saves 9 kB of the first load.
 */
const refuse = (): never => {
  throw new Error('only Ed25519 keys are spoken here')
}

export const secp256k1 = { sign: refuse, verify: refuse, getPublicKey: refuse, keygen: refuse, Point: { fromBytes: refuse }, utils: { randomSecretKey: refuse } }
