/** What one kind of unstored frame is: all that differs from kind to kind stands in one file of this folder, and its line in `index.ts`. */
import type { Cbor } from '#shared/wire/cbor.ts'

export interface EphemeralKind<Content extends { type: string } = { type: string }, Part extends { type: string } = Content> {
  readonly type: Content['type']
  /** The first field on the wire. */
  readonly number: number
  /** The fields that follow the number. */
  fields(content: Content): Cbor[]
  /** @param fields those that follow the number @returns null for content of a later version @throws {WireError} */
  read(fields: readonly unknown[]): Content | null
  /** Combines two of one sender, of which the second is newer. Kinds without it are applied one by one, as they come. */
  unite?(before: Content, now: Content): Content
  /** The same content in parts that each fit into a frame. Kinds without it always fit. */
  split?(content: Content): Part[]
}
