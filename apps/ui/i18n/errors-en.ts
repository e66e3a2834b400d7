/** What people are told about each error: what happened, what is safe, and what to do next. */
import type { ErrorCode, ErrorDetails } from '#shared/errors.ts'
import { CALL_MAX_CAMERAS, CALL_MAX_DEVICES, CALL_MAX_SCREENS, DEVICES_MAX, MESSAGE_MAX_BYTES, PASSPHRASE_MIN_CHARS, PENDING_ACTIONS_MAX, ROOM_MAX_MEMBERS, ROOM_NAME_MAX_CHARS } from '#shared/limits.ts'
import type { ErrorWords } from './error-words.ts'
import { nameWords } from './name-faults-en.ts'
import { spanEn } from './span.ts'


/** "in 28 seconds", "in 3 minutes", or "in a moment" when the node did not say. */
export function waitOf (details: ErrorDetails, words: { moment: string, seconds: (n: number) => string, minutes: (n: number) => string }): string {
  const ms = details['retryInMs']
  if (typeof ms !== 'number' || ms <= 0) return words.moment
  return ms < 90_000 ? words.seconds(Math.ceil(ms / 1000)) : words.minutes(Math.ceil(ms / 60_000))
}

const wait = (details: ErrorDetails): string =>
  waitOf(details, { moment: 'in a moment', seconds: (n) => `in ${n} s`, minutes: (n) => `in ${n} minutes` })

const COMPARE = 'Compare this device’s clock with a watch and set it if it is wrong; if it is right, tell the host of the node. Then try again.'

export const errorsEn: Record<ErrorCode, (details: ErrorDetails) => ErrorWords> = {
  'email-malformed': () => ({ what: 'This is not an e-mail address.', next: 'It looks like you@example.org.' }),
  'code-wrong': ({ attemptsLeft: left }) => ({
    what: 'This code is wrong.',
    next: typeof left === 'number' ? `Type the code you asked for on this device. ${left} ${left === 1 ? 'try' : 'tries'} left.` : 'Type the code you asked for on this device.'
  }),
  'code-expired': () => ({ what: 'This code has expired.', next: 'Codes live for 10 minutes. Send another.' }),
  'code-attempts': () => ({ what: 'This code was tried too often and no longer works.', next: 'Send another.' }),
  'code-cooldown': (details) => ({ what: 'A code was sent a moment ago.', next: `Look into your mail and its spam folder. You can ask again ${wait(details)}.` }),
  'registration-closed': () => ({ what: 'This node takes no new accounts.', next: 'Sign in with the address of an account that is here already, or use another node.' }),
  'registration-domain': () => ({ what: 'This node takes no new accounts of your mail provider.', next: 'Sign in with an address that belongs to the people of this node, for example at school or at work.' }),
  'registration-invite': () => ({ what: 'New accounts need an invitation on this node.', next: 'Ask a member for a new invite link, open it and sign in from there.' }),
  'pass-used-up': () => ({ what: 'This invite link has let in as many new accounts as it may.', next: 'Ask a member for a new link, open it and sign in from there.' }),
  'pass-expired': () => ({ what: 'This invite link no longer lets in new accounts.', next: 'Ask a member for a new link, open it and sign in from there.' }),
  'name-malformed': nameWords,
  'name-taken': () => ({ what: 'This name is taken, or looks like one that is.', next: 'Shuffle, or add something of your own.' }),
  'rate-limited': (details) => ({ what: 'That was too often.', next: `Try again ${wait(details)}.` }),
  'proof-invalid': () => ({ what: 'The node could not verify this device.', next: 'Nothing here is lost. Check the clock of this device and try again.' }),
  'passport-invalid': () => ({ what: 'The node does not accept the sign-in of this device.', next: 'Your history is safe. If this stays, sign in again.' }),
  'passport-expired': () => ({ what: 'Your sign-in has expired.', next: 'It is renewed as soon as the node can be reached. Your history is safe.' }),
  'device-revoked': () => ({ what: 'This device was signed out from elsewhere.', next: 'What is stored here can still be read. To use it again, sign out here, which erases it, and sign in as a new device.' }),
  'clock-off': () => ({ what: 'The clocks of this device and of the node differ too much.', next: COMPARE }),
  'clocks-differ': ({ differMs }) => ({
    what: typeof differMs === 'number' ? `The clocks of this device and of the node differ by ${spanEn(differMs)}.` : 'The clocks of this device and of the node differ too much.',
    next: `Nobody can say whether this has expired. ${COMPARE}`
  }),

  'node-unreachable': () => ({ what: 'The node cannot be reached.', next: 'Your history is here. Check your network; Parley keeps trying by itself.' }),
  'node-error': () => ({ what: 'Something went wrong in the node.', next: 'Nothing on this device is lost. Try again in a moment.' }),
  'request-invalid': () => ({ what: 'The node did not understand this version of Parley.', next: 'Reload or update, then try again.' }),
  'not-found': () => ({ what: 'The node does not have this.', next: 'It may have been removed. Go back and try again.' }),
  'mail-failed': () => ({ what: 'The mail could not be sent.', next: 'Check the address, or tell whoever runs this node.' }),
  'node-full': () => ({ what: 'The disk of the node is full, so it keeps nothing new.', next: 'Nothing you have is lost. Tell whoever runs the node, and try again later.' }),
  'client-too-old': () => ({ what: 'This needs a newer Parley than yours.', next: 'Nothing you have is lost. Reload the page, or update the app, and try again.' }),
  'node-too-old': () => ({ what: 'This node is too old for your Parley.', next: 'Nothing you have is lost. Whoever runs the node has to update it.' }),
  'member-too-old': () => ({ what: 'The people who are online use a Parley that is too old for yours.', next: 'The link stays good. Ask them to reload or update, then try again.' }),
  'mailbox-full': () => ({ what: 'The node keeps no more for this room.', next: 'It works as soon as a member is online. Try again later.' }),
  'timeout': () => ({ what: 'No answer came in time.', next: 'Nothing is lost. Try again.' }),
  'aborted': () => ({ what: 'This was cancelled.', next: 'Nothing was changed.' }),

  'invite-malformed': () => ({ what: 'This is not an invite link.', next: 'Copy the whole link, including what stands after the #.' }),
  'invite-version': () => ({ what: 'This link was made by a newer Parley.', next: 'Reload or update Parley, then open it again.' }),
  'invite-outdated': () => ({ what: 'This link was made by an older version of Parley.', next: 'Ask a member for a new one.' }),
  'invite-other-node': ({ nodeOrigin: origin }) => ({
    what: 'This link belongs to another node.',
    next: typeof origin === 'string' ? `Open it in your browser: it leads to ${origin}.` : 'Open it in your browser instead.'
  }),
  'invite-expired': () => ({ what: 'This link has expired.', next: 'Ask a member for a new one.' }),
  'invite-used-up': () => ({ what: 'This link was used as often as it may be.', next: 'Ask a member for a new one.' }),
  'invite-revoked': () => ({ what: 'This link was withdrawn.', next: 'Ask a member for a new one.' }),
  'invite-refused': () => ({ what: 'The members’ devices did not accept this link.', next: 'Ask a member for a new one.' }),
  'request-declined': () => ({ what: 'A moderator has declined your request.', next: 'Ask somebody in the room.' }),
  'banned': () => ({ what: 'You are banned from this room.', next: 'Only a moderator of the room can lift that.' }),
  'room-full': () => ({ what: 'This room is full.', next: `A room holds ${ROOM_MAX_MEMBERS} members. Somebody has to leave first.` }),
  'room-device-limit': () => ({ what: `${DEVICES_MAX} of your devices are in this room already.`, next: 'This device can read what it has. Sign out one of the others; this one then enters by itself.' }),
  'room-name-malformed': () => ({ what: 'A room needs a name.', next: `Use 1 to ${ROOM_NAME_MAX_CHARS} characters.` }),
  'offer-over': () => ({ what: 'The room is not offered to you any more.', next: 'Ask who has it, if you still want to take it over.' }),
  'too-many-pending': () => ({ what: `${PENDING_ACTIONS_MAX} actions wait in this room already.`, next: 'Discard some of those above the conversation, or go online.' }),
  'not-allowed': () => ({ what: 'You may not do this here.', next: 'Ask an owner of the room.' }),
  'device-copied': () => ({
    what: 'This device was copied, or runs from an old backup.',
    next: 'Not everything you send from here reaches the others. Sign out on this device and sign in again: it then counts as a new one.'
  }),
  'device-behind': () => ({ what: 'This device has lost some of what it wrote here.', next: 'Wait until another member is online: they still have it. Your text is kept.' }),
  'certificate-expired': () => ({
    what: 'This device has to be confirmed again: its confirmation is older than 90 days, or its clock is wrong.',
    next: 'Open Parley on the device you began with, wait until both are online, then try again. If you no longer have it, use your recovery words here.'
  }),
  'member-revoked': () => ({ what: 'This person has signed out every device you know of them.', next: 'Compare the number once they are here with a new device.' }),
  'member-uncertified': () => ({
    what: 'No device of this person was confirmed in the last 90 days.',
    next: 'Ask them to open Parley on the device they began with, then try again. If the date of this device is wrong, set it.'
  }),
  'removed-from-room': () => ({ what: 'You are no longer a member of this room.', next: 'What you received stays on this device.' }),
  'not-an-emoji': () => ({ what: 'That is not an emoji.', next: 'Type or paste exactly one.' }),
  'message-empty': () => ({ what: 'There is nothing to send yet.', next: 'Write something first.' }),
  'message-too-long': ({ maxBytes: max }) => ({
    what: 'This message is too long.',
    next: `Your text is still here. Shorten it to ${typeof max === 'number' ? max : MESSAGE_MAX_BYTES} bytes or send it in parts.`
  }),

  'device-limit': () => ({ what: `${DEVICES_MAX} devices are signed in to this account already.`, next: 'Sign one of them out in the settings of another device, then try again.' }),
  'device-in-use': () => ({ what: 'Somebody is in rooms on this device already.', next: 'Nothing was changed. Use a fresh profile, or sign out here first: that erases this device.' }),
  'words-wrong': ({ word, count }) => ({
    what: typeof word === 'string' ? `“${word}” is none of the words.` : 'These are not the twelve words.',
    next: typeof count === 'number' && count !== 12 ? `There are ${count} of twelve. Type them in their order.` : 'Compare them with what you wrote down, in the same order.'
  }),
  'backup-missing': () => ({ what: 'The node keeps no backup for these words under this account.', next: 'Check the words, and that you are signed in with the same e-mail address.' }),
  'backup-changed': () => ({ what: 'Another of your devices changed the backup at the same moment.', next: 'Nothing is lost. It is tried again by itself.' }),
  'link-code-wrong': () => ({ what: 'This code was not accepted.', next: 'Compare it with the other device. Both have to be signed in to the same account.' }),
  'link-expired': () => ({ what: 'This code is no longer good, or the other device is not there.', next: 'Show a new code on the other device and keep it open.' }),
  'root-key-missing': () => ({ what: 'This device does not hold your recovery words.', next: 'Do this on the device you began with, or recover by the twelve words.' }),
  'passphrase-short': () => ({ what: 'This passphrase is too short.', next: `Use at least ${PASSPHRASE_MIN_CHARS} characters; several words are best.` }),
  'passphrase-wrong': () => ({ what: 'This passphrase does not open the file.', next: 'Nothing was changed. Check upper and lower case, then try again.' }),
  'export-foreign': () => ({ what: 'This file is no export of Parley.', next: 'Nothing was changed. Choose the file that you saved from the settings.' }),
  'export-newer': () => ({ what: 'This file was made by a newer Parley.', next: 'Nothing was changed. Reload or update Parley, then try again.' }),
  'export-damaged': () => ({ what: 'This file is damaged or not complete.', next: 'Nothing was changed. Copy it again from where you saved it.' }),
  'key-changed': ({ name }) => ({
    what: typeof name === 'string' ? `Somebody with another key is called ${name} here, as one you have verified.` : 'A verified name appears with another key.',
    next: 'It may be a new start of theirs, or somebody else. Compare the safety number before you trust it.'
  }),

  'call-locked': () => ({ what: 'A moderator has locked this call.', next: 'Messages go on. Wait until it is open again, or ask them.' }),
  'call-removed': () => ({ what: 'A moderator has removed you from this call.', next: 'Messages go on. You can join the next one.' }),
  'relay-missing': () => ({ what: 'Your address stays hidden, and this node has no server that could carry the call for you (TURN).', next: 'Messages go on. Ask whoever runs the node for one, or change from whom you hide under Settings, Privacy.' }),
  'call-full': () => ({ what: `${CALL_MAX_DEVICES} devices are in this call already.`, next: 'More than that would make it bad for all. Join when somebody has left.' }),
  'call-video-full': () => ({ what: `${CALL_MAX_CAMERAS} cameras are on in this call already.`, next: 'You are heard. Switch yours on when somebody has switched off theirs.' }),
  'call-screen-full': () => ({ what: `${CALL_MAX_SCREENS} screens are shared in this call already.`, next: 'Share yours when somebody has stopped.' }),
  'microphone-denied': () => ({ what: 'Parley may not use the microphone.', next: 'You can listen. Allow it at the lock in the address bar (or in the system’s privacy settings), then unmute.' }),
  'microphone-missing': () => ({ what: 'There is no microphone.', next: 'You can listen. Plug one in, then unmute.' }),
  'microphone-busy': () => ({ what: 'Another program is using the microphone.', next: 'You can listen. Close that program, then unmute.' }),
  'camera-denied': () => ({ what: 'Parley may not use the camera.', next: 'You are heard. Allow it at the lock in the address bar (or in the system’s privacy settings), then start video.' }),
  'camera-missing': () => ({ what: 'There is no camera.', next: 'You are heard. Plug one in, then start video.' }),
  'camera-busy': () => ({ what: 'Another program is using the camera.', next: 'You are heard. Close that program, then start video.' }),
  'recording-full': () => ({ what: 'The disk is full: the recording has ended.', next: 'What was recorded is kept, and the call goes on. Make room, then save it.' }),
  'recording-failed': () => ({ what: 'The recording has ended by a fault.', next: 'What was recorded is kept, and the call goes on. Save it, then record again.' }),
  'screen-failed': () => ({ what: 'The screen could not be shared.', next: 'The call goes on. Try again, or share another window.' }),
  'noise-suppression-failed': () => ({ what: 'The strong noise suppression could not be started.', next: 'You are heard, with the built-in one instead. Your choice can be changed under Devices.' }),
  'background-unsupported': () => ({ what: 'This browser cannot change the background.', next: 'You are seen as your camera sees you. Use Chrome, Edge or the desktop app, or stop the video.' }),
  'background-failed': () => ({ what: 'The background could not be changed.', next: 'You are seen as your camera sees you. Choose it again under Devices, or stop the video.' }),
  'background-too-slow': () => ({ what: 'The background is off: this device is too slow for it.', next: 'You are seen as your camera sees you. Close other programs and choose it again under Devices, or stop the video.' }),
  'background-picture': () => ({ what: 'This picture cannot be used.', next: 'Nothing was changed. Choose a PNG, JPEG or WebP of up to 32 MB.' }),

  'storage-denied': () => ({ what: 'This browser does not let Parley keep anything.', next: 'Leave private browsing or allow site data for this address, then try again.' }),
  'storage-full': () => ({ what: 'This device is full.', next: 'What is stored is safe, new messages are not. Free some space, then try again.' }),
  'storage-newer': () => ({ what: 'Your history was written by a newer Parley.', next: 'It is safe. Reload or update Parley to open it.' }),
  'other-window': () => ({ what: 'Parley is open in another window.', next: 'Nothing is lost. Go on there, or use it here: the other window then rests.' }),
  'unsupported': () => ({ what: 'This browser lacks something that Parley needs.', next: 'Use a current Chrome, Edge, Firefox or Safari over https.' }),
  'unexpected': () => ({ what: 'Something unexpected went wrong.', next: 'Nothing that was stored is lost. Try again; if it stays, reload.' })
}
