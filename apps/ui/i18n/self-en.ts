/** What is said about the person and this device: devices, recovery, export, storage, safety numbers. Part of `en`. */
const plural = (n: number, one: string, many: string): string => `${n.toLocaleString('en')} ${n === 1 ? one : many}`

export const selfEn = {
  notYet: 'This is ready in a moment: your keys are being opened.',
  done: 'Done',
  later: 'Not now',
  copy: 'Copy',
  copied: 'Copied',
  copyFailed: 'Copying was refused.',
  tryAgain: 'Try again',
  units: ['B', 'kB', 'MB', 'GB', 'TB'],

  start: {
    title: 'Used Parley before?',
    text: 'Bring your rooms, names and history to this device.',
    link: 'Link to my other device',
    recover: 'Recover with twelve words',
    import: 'Import an export'
  },
  arrived: (rooms: number) => rooms === 0 ? 'This device is yours now. You were in no room yet.' : `This device is yours now: ${plural(rooms, 'room is', 'rooms are')} here.`,

  devices: {
    intro: 'Each device has keys of its own. What you write on one appears on the others as yours.',
    list: 'Your devices',
    unnamed: 'A device',
    isThis: 'This device',
    lastSeen: (when: string) => `Last seen ${when}`,
    neverSeen: 'Not seen yet',
    revoke: 'Revoke',
    revokeTitle: (label: string) => `Revoke “${label}”?`,
    revokeText: 'It is signed out and leaves every room, and the rooms change their keys: it reads nothing that is written from now on. What it has received already stays on it. This cannot be taken back.',
    revokeConfirm: 'Revoke device',
    link: 'Link a device',
    cannotLink: 'New devices are linked from the device you began with, since only that one holds your recovery words.',
    offerTitle: 'Link a device',
    offerSteps: [
      'Open this node on the new device and sign in with the same e-mail address.',
      'Choose “Link to my other device”.',
      'Type this code there, and keep this window open.'
    ],
    code: 'Link code',
    codeHint: 'ABCD-EFGH-…',
    qr: 'QR code for the new device',
    preparing: 'Making a code…',
    goodFor: (minutes: string) => `Good for ${minutes}`,
    linking: 'The new device is here. Rooms and keys are being handed over…',
    linked: 'Linked. The new device is in your rooms.',
    another: 'Show a new code',
    enterTitle: 'Link to my other device',
    enterText: 'On the other device open Settings, Devices, “Link a device”, and type the code that it shows.',
    enter: 'Link',
    entering: 'Looking for your other device…'
  },

  recovery: {
    intro: 'Twelve words bring your rooms back when all your devices are lost. Write them on paper. Whoever has them and can read your mail can become you.',
    notHere: 'The words are on the device you began with. This one was linked from it and does not hold them.',
    confirmed: (when: string) => `You confirmed on ${when} that the words are written down.`,
    unconfirmed: 'You have not confirmed yet that they are written down.',
    show: 'Show my words',
    askTitle: 'Is nobody looking over your shoulder?',
    askText: 'The words are shown in full. Do not photograph them, and type them nowhere but in Parley.',
    askConfirm: 'Show them now',
    list: 'Your twelve words',
    print: 'Print',
    hide: 'Hide',
    written: 'I have written them down',
    checkTitle: 'Type two of them, to be sure',
    word: (n: number) => `Word ${n}`,
    wrongWord: (n: number) => `Word ${n} is another one. Look at your paper.`,
    check: 'Check',
    backToWords: 'Show the words again',
    noticeText: 'If you lose this device, twelve words bring your rooms back.',
    noticeShow: 'Write them down',
    recoverTitle: 'Recover with twelve words',
    recoverText: 'Type the words in their order, with spaces between them. Your rooms come back from the node and from the members.',
    words: 'Recovery words',
    wordsHint: (n: number) => `${n} of 12 words`,
    recover: 'Recover',
    recovering: 'Opening your backup…',
    paper: 'Parley recovery words'
  },

  export: {
    title: 'Export',
    intro: 'One file with everything of yours: keys, rooms and history, sealed under a passphrase. With it and the passphrase anybody can become you; without the passphrase nobody can open it, nor can you.',
    notHere: 'An export is made on the device you began with, since only that one holds your recovery words.',
    passphrase: 'Passphrase',
    again: 'Passphrase again',
    short: (n: number, min: number) => `${n} of at least ${min} characters`,
    fair: 'Long enough. Four or more words are better.',
    good: 'Good length.',
    differ: 'The two are not the same.',
    start: 'Export',
    progress: (done: number, total: number) => total === 0 ? 'Collecting…' : `${done.toLocaleString('en')} of ${total.toLocaleString('en')} sealed`,
    progressName: 'Progress of the export',
    cancelled: 'Cancelled. No file was made.',
    ready: (size: string) => `The file is ready: ${size}.`,
    save: 'Save file',
    importTitle: 'Import',
    importText: 'Brings an export to this device, which joins your rooms as a new device.',
    importOnlyFresh: 'An export can only be imported where nobody is in a room yet: on a fresh device, right after signing in.',
    file: 'Export file',
    filePassphrase: 'Passphrase of the file',
    import: 'Import',
    importing: (done: number, total: number) => total === 0 ? 'Opening the file…' : `${done.toLocaleString('en')} of ${total.toLocaleString('en')} taken in`,
    importName: 'Progress of the import',
    imported: (rooms: number, messages: number) => `${plural(rooms, 'room', 'rooms')} and ${plural(messages, 'message', 'messages')} are here.`
  },

  privacy: {
    readMarks: 'Tell others what I have read',
    readMarksAll: 'In all rooms',
    readMarksText: 'Off in a room means that its members never learn whether you read their messages. You still see theirs.',
    some: (on: number, of: number) => `On in ${on} of ${of} rooms`,
    rooms: 'Room by room',
    noRooms: 'As soon as you are in a room you can choose here.'
  },

  notifications: {
    intro: 'Parley can tell you about new messages while its window is hidden. They come from this device itself; no server is involved.',
    askTitle: 'Be told of new messages while you are elsewhere?',
    askText: 'Your browser asks you once. The texts are shown by this device and pass through no server.',
    turnOn: 'Turn on notifications',
    allowed: 'Notifications are on.',
    refused: 'Notifications are blocked for this address. You can allow them in the settings of your browser, beside the address.',
    unsupported: 'This browser cannot show notifications.'
  },

  storage: {
    used: (used: string, quota: string) => `${used} of ${quota} used`,
    usedOnly: (used: string) => `${used} used`,
    unknown: 'This browser does not tell how much is used.',
    measuring: 'Measuring…',
    persisted: 'Your data is kept, also when the disk gets full.',
    notPersisted: 'The browser may clear your data when the disk gets full. Other members and the node can bring most of it back.',
    keep: 'Keep my data',
    keepRefused: 'The browser did not agree yet. It does so for pages that are used often, installed, or allowed to notify.',
    rooms: 'Rooms by size',
    room: 'Room',
    messages: 'Messages',
    size: 'Size',
    none: 'No rooms yet.',
    check: 'Check and repair',
    checkText: 'Reads everything that is stored, and fetches again what is damaged or missing.',
    checking: (done: number, total: number) => `Checking room ${done} of ${total}…`,
    healthy: (n: number) => `Checked ${plural(n, 'entry', 'entries')}: all sound.`,
    damaged: (n: number, bad: number) => `Checked ${plural(n, 'entry', 'entries')}: ${bad} damaged, being fetched again from the members and the node.`
  },

  safety: {
    title: 'Safety number',
    intro: (name: string) => `Compare this number with ${name}, in person or in a call. If both of you see the same, nobody stands between you.`,
    number: 'Sixty digits in twelve groups',
    qr: 'QR code of the safety number',
    making: 'Working out the number…',
    isVerified: (name: string) => `You have verified ${name}.`,
    markVerified: 'Mark as verified',
    unmark: 'Take verification back',
    verified: 'Verified by you',
    otherKey: 'Same name as somebody you verified, but another key',
    otherKeyText: (name: string) =>
      `You verified somebody called ${name} before, and this is another key. It may be a new start after a lost device, or somebody else under the same name: compare the number before you trust it.`
  }
}
