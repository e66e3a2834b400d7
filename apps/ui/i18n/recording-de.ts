import type { recordingEn } from './recording-en.ts'

export const recordingDe: typeof recordingEn = {
  record: 'Anruf aufnehmen',
  withOwnVoice: 'Mit meiner Stimme',
  picture: 'Bild',
  soundOnly: 'Keines, nur Ton',
  everybody: 'Alle, nebeneinander',
  start: 'Aufnahme starten',
  stop: 'Aufnahme beenden',
  hint: 'Alle im Anruf erfahren davon, auch wer später kommt. Die Aufnahme bleibt auf diesem Gerät, und du entscheidest, was aus ihr wird.',
  soundHint: 'Dieser Browser kann nur Ton aufnehmen.',
  by: (names) => `Aufnahme: ${names} behält, was in diesem Anruf gesagt und gezeigt wird.`,
  byMe: 'Du nimmst diesen Anruf auf. Alle sehen das.',
  ready: (room, duration, size) => `Deine Aufnahme von ${room} (${duration}, ${size}) liegt nur auf diesem Gerät.`,
  cutOff: (room, moment, size) => `Eine unfertige Aufnahme von ${room} wurde gefunden (${moment}, ${size}). Sie lässt sich abspielen, so weit sie reicht.`,
  aCall: 'einem Anruf',
  save: 'Aufnahme speichern',
  saved: 'An die Downloads übergeben.',
  discard: 'Aufnahme verwerfen',
  discardForGood: 'Endgültig verwerfen',
  removeHere: 'Aus Parley entfernen'
}
