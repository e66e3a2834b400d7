/** Words of the settings of calls. */
export const callSettingsEn = {
  speaking: 'Speaking',
  pushToTalk: 'Push to talk',
  pushToTalkNote: 'Your microphone is open only while you hold a key.',
  talkKey: (key: string) => `Key: ${key}`,
  pressKey: 'Press the key to talk with',
  writesNote: 'While you write, this key writes. To talk meanwhile, choose one like F9.',
  sounds: 'Sounds',
  playsRinging: 'Ring when somebody calls',
  playsSounds: 'When somebody joins, leaves or raises a hand',
  keys: 'Keys in a call',
  hasKeys: 'Single letters',
  hasKeysNote: 'They work wherever you are not writing.',
  commands: {
    mute: 'Mute or unmute', video: 'Start or stop video', sharing: 'Share a screen or stop', deafen: 'Turn the sound off or on',
    hand: 'Raise or lower your hand', fullScreen: 'Full screen'
  },
  hasGlobalKeys: 'Keys while other programs are in front',
  hasGlobalKeysNote: (mute: string, deafen: string) =>
    `${mute} mutes and unmutes, ${deafen} turns the sound off and on. They switch: the system does not tell when a key is let go, so push to talk works in Parley’s window only.`,
  keysTaken: (keys: readonly string[]) => `Another program already uses ${keys.join(' and ')}.`
}

export type CallSettingsWords = typeof callSettingsEn
