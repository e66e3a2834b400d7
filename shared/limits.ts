/**
 * Every bound of Parley in one place, each with its reason. Above a bound people get a clear sentence before anything is sent;
 * what a peer sends above it is dropped and counted.
 */

/**
 * Display names: long enough for "Magnificent Hippopotamus 4242", short enough for one line of a 240-px sidebar. One character of a script whose letters
 * are words or syllables is enough (shared/names).
 */
export const NAME_MIN_CHARS = 2
export const NAME_MAX_CHARS = 32
/** Room names: what the product promises; they wrap to two lines in the widest sidebar. */
export const ROOM_NAME_MAX_CHARS = 100
/** What a room is about: two lines under its name. */
export const ROOM_TOPIC_MAX_CHARS = 250
/** A message: about three printed pages. Longer text is better sent as a file. UTF-8 bytes, since that is what travels. */
export const MESSAGE_MAX_BYTES = 10_000
/** One envelope on the wire: the longest message after padding (to 16 KiB) and the header with 16 heads. Revisit when bodies grow. */
export const ENVELOPE_MAX_BYTES = 20_000
/** Operations may carry one key wrap per device: 500 devices at 62 bytes and room for their record. */
export const OPERATION_MAX_BYTES = 48_000
/** A frame of any of our stream protocols: one run of at most 60 kB and its prefix. */
export const FRAME_MAX_BYTES = 64 * 1024
/** Bytes a sync partner may have outstanding: libp2p aborts a stream with 4 MiB unread, so a quarter of it is safe with overhead. */
export const SYNC_CREDIT_BYTES = 1024 * 1024
/** Devices of the members of one room: above it presence and read marks would dominate the traffic of the mesh. */
export const ROOM_MAX_MEMBERS = 500
/** Members up to which every author is told who holds and who has read a message. Above it receipts of one message cost more than the message. */
export const RECEIPTS_MAX_MEMBERS = 64
/** Members up to which a reader lets an author know: in larger rooms nobody looks who has read, and everybody would be watched. */
export const READ_MARKS_MAX_MEMBERS = 100
/** People who are named while they type; of more it is said that there are several. */
export const TYPING_NAMES_MAX = 3
/** Keys in one rotation: those who were let in at the same moment by different members may exceed a full room; 600 take 30 kB of an operation. */
export const ROTATION_MAX_WRAPS = 600
/** Epochs whose log secrets one rotation hands over: a crowd of broken ones is a few; 64 take 7 kB beside the keys of a full room. More are asked for, or come with the next. */
export const ROTATION_MAX_HANDED = 64
/**
 * Epochs of one device's rotations that wait in memory for the entry that names them: two rotations' worth, since entries seldom
 * overtake each other by more. One that is displaced is opened again after a restart, or asked for. All stored epochs are named by
 * an entry, two by each at most: that takes a third of an operation's bytes.
 */
export const WAITING_EPOCHS_PER_DEVICE = 128
/**
 * Epochs whose secrets a member hands to a newcomer. A room of 100 devices makes 1,300 a year: each device has a new encryption key
 * each month, and the next who writes rotates. So this is 15 years; of a full room it is three, whose rotations take 600 MB. Of more
 * the newest of each device; the others are asked for.
 */
export const WELCOME_MAX_EPOCHS = 20_000
/** Sealed keys of the first 1,200 epochs, in one frame: what versions read that know of no further keys. */
export const SEALED_KEYS_MAX_BYTES = 128 * 1024
/** Sealed keys of 600 further epochs beside an entry. */
export const MORE_KEYS_MAX_BYTES = 64 * 1024
export const MORE_KEYS_MAX_PARTS = Math.ceil(WELCOME_MAX_EPOCHS / 600)
/** Actions on others that wait in one room until a device has caught up: more than a person thinks over one by one. */
export const PENDING_ACTIONS_MAX = 20
/** How far ahead a peer's clock may be before its time is clamped for display: more than any drift, less than a wrong time zone. */
export const CLOCK_AHEAD_MAX_MS = 5 * 60_000
/** A clock that is off by more is worth telling: clocks that are set drift by seconds, and proofs may be off by five minutes. */
export const CLOCK_OFF_MS = 2 * 60_000
/** How far the node corrects a device's clock: more than clocks drift that nobody sets, and no harm when it is the node's that is wrong. */
export const CLOCK_CORRECTION_MAX_MS = 10 * 60_000
/** A device and a node that differ by more cannot say that anything has expired: one of them has a wrong date, not a wrong time zone. */
export const CLOCKS_APART_MS = 24 * 3_600_000

/** One-time codes: 6 digits, 10 minutes, 5 attempts: a guesser has a chance of 1 in 200,000 per code. */
export const CODE_DIGITS = 6
export const CODE_TTL_MS = 10 * 60_000
export const CODE_MAX_ATTEMPTS = 5
/** The same device gets a second mail for the same address only after this long: mail takes seconds, impatience less. */
export const CODE_COOLDOWN_MS = 30_000
/** A passport lives a week: a device that was away for a holiday refreshes by its key, a stolen database dump goes stale. */
export const PASSPORT_TTL_MS = 7 * 24 * 3_600_000
/** Refreshed when less than this is left, so that a node that is down for days locks nobody out. */
export const PASSPORT_REFRESH_BEFORE_MS = 4 * 24 * 3_600_000
/** A DPoP proof is accepted this long around the node's clock (RFC 9449 section 11.1 asks for seconds to minutes). */
export const DPOP_WINDOW_MS = 5 * 60_000
/** Devices signed in to one account: what a household of one owns, tabs and profiles included; each is a recipient of every rotation. */
export const DEVICES_MAX = 20
/** A device that nobody used for this long makes room for a new one: whoever only loses devices is not locked out. */
export const DEVICE_IDLE_MS = 30 * 24 * 3_600_000
/** Devices that one signed list revokes: more than anyone loses in the time that a certificate lasts, and little enough for a request to join. */
export const REVOKED_MAX = 48
/** A signed list of a person's devices, with as many as it may name. */
export const DEVICE_LIST_MAX_BYTES = 150 + 34 * (DEVICES_MAX + REVOKED_MAX)
/** A device's record as it is shown to who may let it in, with that list. */
export const SHOWN_RECORD_MAX_BYTES = 1024 + DEVICE_LIST_MAX_BYTES
/** Revoked devices kept of one person, over all their lists: the first that were heard of stay. */
export const REVOKED_KEPT_MAX = 256
/** People whose lists a device keeps, of those who have revoked a device: a full list takes 2.5 kB. */
export const DEVICE_LISTS_MAX = 500
/** A device that its person has not certified for this long is let in nowhere: a thief who is on no list has no longer than that. */
export const CERTIFICATE_MAX_AGE_MS = 90 * 24 * 3_600_000
/** A certificate older than this is renewed: it leaves two months to a device whose root key is away. */
export const CERTIFICATE_RENEW_AFTER_MS = 30 * 24 * 3_600_000
/** How far the clocks of who certifies and who judges may differ: a wrong date more than a wrong time zone. */
export const CERTIFICATE_CLOCK_MARGIN_MS = 2 * 24 * 3_600_000
/** The sealed backup of one person: keys of some thousand epochs and the names of their rooms. */
export const BACKUP_MAX_BYTES = 1024 * 1024
/** Backups of one account: a person who began anew without their words leaves one behind. */
export const BACKUPS_PER_ACCOUNT = 8
/** A passphrase of an export: what follows makes guessing slow, not impossible. */
export const PASSPHRASE_MIN_CHARS = 8
/** The mailbox keeps envelopes this long by default. */
export const MAILBOX_TTL_MS = 30 * 24 * 3_600_000
/**
 * Epochs of a welcome or an answer that is left at the node, at 104 bytes: a room of 100 devices for two years. A member who is
 * online gives the others.
 */
export const SHELF_MAX_EPOCHS = 2400
/** A sealed welcome, or the answer to a request: keys of those epochs, and some proofs. */
export const WELCOME_MAX_BYTES = 256 * 1024
/** A joiner's record, proof and name, below 1 kB, and the list of their devices. */
export const REQUEST_MAX_BYTES = 4096
/** Requests that wait in one room: above it the link has gone to too many at once, or somebody plays. */
export const REQUESTS_PER_ROOM = 100
/** Welcomes and requests that one account may have at a node. */
export const SHELF_QUOTA_BYTES = 32 * 1024 * 1024

/** Devices in one call: each sends its voice to all others; to seven that is 280 kbit/s. */
export const CALL_MAX_DEVICES = 8
/** Pictures that everybody sends to everybody: four are what two cores and 10 Mbit/s up carry. */
export const CALL_MAX_CAMERAS = 4
/** More screens than two at once nobody can look at. */
export const CALL_MAX_SCREENS = 2
