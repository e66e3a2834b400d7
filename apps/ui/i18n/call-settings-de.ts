import type { CallSettingsWords } from './call-settings-en.ts'

export const callSettingsDe: CallSettingsWords = {
  speaking: 'Sprechen',
  pushToTalk: 'Zum Sprechen drücken',
  pushToTalkNote: 'Dein Mikrofon ist nur offen, solange du eine Taste hältst.',
  talkKey: (key) => `Taste: ${key}`,
  pressKey: 'Drücke die Taste zum Sprechen',
  writesNote: 'Während du schreibst, schreibt diese Taste. Um dabei zu sprechen, wähle eine wie F9.',
  sounds: 'Töne',
  playsRinging: 'Klingeln, wenn jemand anruft',
  playsSounds: 'Wenn jemand kommt, geht oder die Hand hebt',
  keys: 'Tasten im Anruf',
  hasKeys: 'Einzelne Buchstaben',
  hasKeysNote: 'Sie gelten überall, wo du gerade nicht schreibst.',
  commands: {
    mute: 'Stumm oder nicht', video: 'Video starten oder beenden', sharing: 'Bildschirm teilen oder aufhören', deafen: 'Ton aus oder ein',
    hand: 'Hand heben oder senken', fullScreen: 'Vollbild'
  },
  hasGlobalKeys: 'Tasten, während andere Programme vorn sind',
  hasGlobalKeysNote: (mute, deafen) =>
    `${mute} schaltet stumm und wieder laut, ${deafen} den Ton aus und ein. Sie schalten um: Das System sagt nicht, wann eine Taste losgelassen wird, darum geht Zum-Sprechen-Drücken nur im Fenster von Parley.`,
  keysTaken: (keys) => `Ein anderes Programm benutzt schon ${keys.join(' und ')}.`
}
