/**
 * The part of gossipsub's RPC that a flood needs, as protobuf bytes: `RPC { publish = 2: Message { data = 2, topic = 4 } }`, each RPC with its
 * length before it.
 *
 * @see https://github.com/libp2p/specs/blob/master/pubsub/README.md#the-rpc
 */
export const MESHSUB_PROTOCOL = '/meshsub/1.1.0'

const varint = (value: number): number[] => value < 128 ? [value] : [value % 128 + 128, ...varint(Math.floor(value / 128))]
const field = (number: number, bytes: Uint8Array): Uint8Array => Buffer.concat([Uint8Array.from([number * 8 + 2, ...varint(bytes.length)]), bytes])

/** One RPC with `count` messages of `bytes` random bytes each. */
export function gossipRpc (topic: string, count: number, bytes: number): Uint8Array {
  const name = field(4, Buffer.from(topic))
  const messages = Array.from({ length: count }, () =>
    field(2, Buffer.concat([field(2, crypto.getRandomValues(new Uint8Array(bytes))), name])))
  const rpc = Buffer.concat(messages)
  return Buffer.concat([Uint8Array.from(varint(rpc.length)), rpc])
}
