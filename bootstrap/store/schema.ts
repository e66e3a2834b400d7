/** The tables as types. Times are Unix ms; ids, hashes and keys are base64url text. A new table comes with a migration. */
import type { ColumnType } from 'kysely'

/** A 64-bit column. Drivers return it as number, bigint or text, so it is read through `toNumber`. */
type Int8 = ColumnType<number | bigint | string, number, number>

export interface Database {
  meta: MetaTable
  accounts: AccountsTable
  names: NamesTable
  devices: DevicesTable
  codes: CodesTable
  signing_keys: SigningKeysTable
  mailbox_rooms: MailboxRoomsTable
  mailbox_logs: MailboxLogsTable
  mailbox_entries: MailboxEntriesTable
  backups: BackupsTable
  mailbox_welcomes: MailboxWelcomesTable
  mailbox_requests: MailboxRequestsTable
  passes: PassesTable
}

/** Facts about the database itself. */
interface MetaTable {
  key: string
  value: string
}

interface AccountsTable {
  /** Random. */
  id: string
  /** Keyed hash of the e-mail address: enough to find the account at sign-in. The address itself is kept nowhere. */
  email_hash: string
  created_at: Int8
}

/** One name per account, one account per name and per look; a row of its own, so that taking a name is one insert that conflicts or not, on any database. */
interface NamesTable {
  /** The name after NFKC and case folding: what "the same name" means. */
  name_key: string
  /**
   * What the name looks like, which no other name may (shared/names/look-alike.ts). Null for a name that was given before looks counted and looks like one
   * that was given earlier.
   */
  skeleton: string | null
  account_id: string
  name: string
  reserved_at: Int8
}

interface DevicesTable {
  /** Thumbprint of the device key. */
  id: string
  account_id: string
  label: string
  created_at: Int8
  last_seen_at: Int8
  /** Kept after sign-out, so that the device learns why it is refused. */
  revoked_at: Int8 | null
}

/** Open sign-in codes, whether or not the address has an account. The code itself is computed from the seed with the server's secret. */
interface CodesTable {
  email_hash: string
  /** Thumbprint of the device key that asked; empty when none was shown. */
  asker: string
  seed: string
  attempts: number
  sent_at: Int8
  expires_at: Int8
}

interface SigningKeysTable {
  kid: string
  /** JSON of a public JWK. */
  public_jwk: string
  /** Private JWK, sealed with a key from the server's secret; null once the key is retired. */
  sealed_private: string | null
  created_at: Int8
  /** Null while the key is only announced. */
  activated_at: Int8 | null
  retired_at: Int8 | null
}

/** Rooms that the mailbox carries. Ids and keys of the mailbox are hex, as everywhere on the wire. */
interface MailboxRoomsTable {
  tag: string
  /** Public half of the room's access key: who can sign with the other half may read and write. */
  access_key: string
  /** Who registered it. */
  account_id: string
  created_at: Int8
  used_at: Int8
}

/** Whose logs the mailbox has seen in a room. */
interface MailboxLogsTable {
  room_tag: string
  dev_tag: string
  device: string
  /** Up to here messages were let go of after their time; they are not taken again. */
  expired_to: Int8
  /** Whose quota it counts against: who brought its first entry. */
  account_id: string
}

interface MailboxEntriesTable {
  room_tag: string
  dev_tag: string
  seq: Int8
  id: string
  /** 1 for operations, which stay as long as the room. */
  is_operation: number
  /** The sealed envelope. */
  envelope: Uint8Array
  /** Length of the envelope. */
  bytes: number
  /** Whose quota it counts against: who brought it. */
  account_id: string
  kept_at: Int8
}

/** Sealed backups; the node knows neither what is in them nor whose person they are of. */
interface BackupsTable {
  account_id: string
  /** 16 bytes, hex: derived from the person's root key, says nothing of it. */
  backup_id: string
  /** Counts the changes. */
  revision: number
  sealed: Uint8Array
  changed_at: Int8
}

/** What an inviter has left for whoever comes by a link. */
interface MailboxWelcomesTable {
  room_tag: string
  /** Hash of the invitation's public key. */
  invite_id: string
  sealed: Uint8Array
  bytes: number
  account_id: string
  expires_at: Int8
}

/** What a joiner has left for the members, and what one of them has answered. */
interface MailboxRequestsTable {
  room_tag: string
  id: string
  invite_id: string
  /** The device that left it, and alone may ask for the answer. */
  device_id: string
  sealed: Uint8Array
  answer: Uint8Array | null
  bytes: number
  account_id: string
  created_at: Int8
  expires_at: Int8
}

/** Invitations to have an account; nothing says to which room their links lead. */
interface PassesTable {
  pass_hash: string
  /** Who asked for it. */
  account_id: string
  uses_left: number
  created_at: Int8
  expires_at: Int8
}
