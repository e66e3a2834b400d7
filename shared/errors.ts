/**
 * One list of everything that can go wrong and that a person can be told about. The words live in the UI by code;
 * docs/ERRORS.md has a row for each: what I see, what is safe, what to do next.
 */
export const ERROR_CODES = {
  // Sign-in
  'email-malformed': 'input',
  'code-wrong': 'input',
  'code-expired': 'input',
  'code-attempts': 'limit',
  'code-cooldown': 'limit',
  'registration-closed': 'auth',
  'registration-domain': 'auth',
  'registration-invite': 'auth',
  'pass-used-up': 'conflict',
  'pass-expired': 'conflict',
  'name-malformed': 'input',
  'name-taken': 'conflict',
  'rate-limited': 'limit',
  'proof-invalid': 'auth',
  'passport-invalid': 'auth',
  'passport-expired': 'auth',
  'device-revoked': 'auth',
  'clock-off': 'environment',
  'clocks-differ': 'environment',
  // Node
  'node-unreachable': 'network',
  'node-error': 'network',
  'request-invalid': 'input',
  'client-too-old': 'environment',
  'node-too-old': 'environment',
  'member-too-old': 'conflict',
  'not-found': 'input',
  'mail-failed': 'network',
  'mailbox-full': 'limit',
  'node-full': 'limit',
  'timeout': 'network',
  'aborted': 'network',
  // Rooms and invitations
  'invite-malformed': 'input',
  'invite-version': 'input',
  'invite-outdated': 'input',
  'invite-other-node': 'input',
  'invite-expired': 'conflict',
  'invite-used-up': 'conflict',
  'invite-revoked': 'conflict',
  'invite-refused': 'conflict',
  'request-declined': 'conflict',
  'banned': 'conflict',
  'room-full': 'limit',
  'room-device-limit': 'limit',
  'room-name-malformed': 'input',
  'not-allowed': 'auth',
  'offer-over': 'conflict',
  'too-many-pending': 'limit',
  'removed-from-room': 'auth',
  'message-empty': 'input',
  'not-an-emoji': 'input',
  'message-too-long': 'input',
  // Devices, recovery, export
  'device-limit': 'limit',
  'device-in-use': 'conflict',
  'device-copied': 'conflict',
  'device-behind': 'conflict',
  'certificate-expired': 'conflict',
  'member-revoked': 'conflict',
  'member-uncertified': 'conflict',
  'words-wrong': 'input',
  'backup-missing': 'conflict',
  'backup-changed': 'conflict',
  'link-code-wrong': 'input',
  'link-expired': 'conflict',
  'root-key-missing': 'auth',
  'passphrase-short': 'input',
  'passphrase-wrong': 'input',
  'export-foreign': 'input',
  'export-newer': 'environment',
  'export-damaged': 'input',
  'key-changed': 'auth',
  // Calls
  'call-full': 'limit',
  'call-locked': 'auth',
  'call-removed': 'auth',
  'relay-missing': 'environment',
  'call-video-full': 'limit',
  'call-screen-full': 'limit',
  'microphone-denied': 'environment',
  'microphone-missing': 'environment',
  'microphone-busy': 'environment',
  'camera-denied': 'environment',
  'camera-missing': 'environment',
  'camera-busy': 'environment',
  'screen-failed': 'environment',
  'noise-suppression-failed': 'environment',
  'background-unsupported': 'environment',
  'background-failed': 'environment',
  'background-too-slow': 'environment',
  'background-picture': 'input',
  'recording-full': 'environment',
  'recording-failed': 'environment',
  // This device
  'storage-denied': 'environment',
  'storage-full': 'environment',
  'storage-newer': 'environment',
  'other-window': 'environment',
  'unsupported': 'environment',
  // A fault of the program itself; what was thrown is the cause
  'unexpected': 'environment'
} as const satisfies Record<string, ErrorCategory>

export type ErrorCategory = 'input' | 'auth' | 'limit' | 'conflict' | 'network' | 'environment'
export type ErrorCode = keyof typeof ERROR_CODES

export const isErrorCode = (text: unknown): text is ErrorCode => typeof text === 'string' && Object.hasOwn(ERROR_CODES, text)

/** What the words for an error may mention, e.g. `{ retryInMs: 28000 }` or `{ maxBytes: 10000 }`. */
export type ErrorDetails = Readonly<Record<string, string | number | boolean>>

/** An expected failure: something a person can be told and can act on. A programmer's mistake is a plain `Error`. */
export class ParleyError extends Error {
  readonly code: ErrorCode
  readonly category: ErrorCategory
  readonly details: ErrorDetails

  constructor (code: ErrorCode, options: { message?: string, cause?: unknown, details?: ErrorDetails } = {}) {
    super(options.message ?? code, { cause: options.cause })
    this.name = 'ParleyError'
    this.code = code
    this.category = ERROR_CODES[code]
    this.details = options.details ?? {}
  }
}
