/** Words of recordings; loaded with those of calls. */
export const recordingEn = {
  record: 'Record the call',
  withOwnVoice: 'With my voice',
  picture: 'Picture',
  soundOnly: 'None, sound only',
  everybody: 'Everybody, in a grid',
  start: 'Start recording',
  stop: 'Stop recording',
  hint: 'Everybody in the call is told, and so is whoever comes later. It stays on this device, and you choose what becomes of it.',
  soundHint: 'This browser can record sound only.',
  by: (names: string) => `Recording: ${names} keeps what is said and shown in this call.`,
  byMe: 'You are recording this call. Everybody sees that.',
  ready: (room: string, duration: string, size: string) => `Your recording of ${room} (${duration}, ${size}) is on this device only.`,
  cutOff: (room: string, moment: string, size: string) => `An unfinished recording of ${room} was found (${moment}, ${size}). It can be played up to where it was cut off.`,
  aCall: 'a call',
  save: 'Save recording',
  saved: 'Handed to the downloads.',
  discard: 'Discard recording',
  discardForGood: 'Discard for good',
  removeHere: 'Remove from Parley'
}
