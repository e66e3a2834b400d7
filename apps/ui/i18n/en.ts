/** English, the language that defines which words there are. Accessible names are part of the outside contract: change them with it. */
import { agreementEn } from './agreement-en.ts'
import { failuresEn } from './failures-en.ts'
import { handingOverEn } from './handing-over-en.ts'
import { namesEn } from './names-en.ts'
import { pendingEn } from './pending-en.ts'
import { roomsEn } from './rooms-en.ts'
import { selfEn } from './self-en.ts'
import { spanEn } from './span.ts'

const plural = (n: number, one: string, many: string): string => `${n} ${n === 1 ? one : many}`

export const en = {
  ...namesEn,
  ...roomsEn,
  agreement: agreementEn,
  pending: pendingEn,
  ...handingOverEn,
  ...failuresEn,
  languageName: 'English',
  productLine: 'Conversations that belong to you.',
  skipToContent: 'Skip to the conversation',
  close: 'Close',
  cancel: 'Cancel',
  back: 'Back',
  loading: 'Loading…',
  opening: 'Opening your conversations…',
  notices: 'Notices',
  dismiss: 'Dismiss',
  you: 'you',
  never: 'never',

  signIn: {
    title: 'Sign in',
    intro: 'We send a six-digit code to your e-mail address. No password, no phone number.',
    againTitle: 'Sign in again',
    againIntro: 'Use the address you signed in with before: we send a six-digit code to it. Your rooms and your history stay on this device.',
    email: 'E-mail',
    emailHint: 'you@example.org',
    newcomers: {
      invite: 'New accounts need an invitation: open the link that a member sent you. If you have an account here, sign in.',
      domains: 'New accounts are for certain mail addresses only. If you have an account here, sign in.',
      closed: 'There are no new accounts on this node. If you have one, sign in.'
    },
    sendCode: 'Send code',
    codeTitle: 'Check your mail',
    codeSentTo: (email: string) => `We sent a code to ${email}.`,
    code: 'Code',
    submit: 'Sign in',
    resendIn: (seconds: number) => `You can ask for another in ${seconds} s`,
    resend: 'Send another',
    resent: 'The code is on its way again. It works in either mail.',
    otherEmail: 'Use another address',
    devInbox: 'Open the test inbox',
    devInboxHint: 'This node runs without mail: codes land in its own inbox.',
    privacy: 'Your messages are sealed on this device. The node that signs you in cannot read them.',
    linking: 'Sign in with the address of your other device; then this one can be linked to it.',
    invitedTo: (room: string, by: string) => `${by} invited you to ${room}`,
    nameTitle: 'What should we call you?',
    nameIntro: 'Keep this one, shuffle, or type your own. You can change it at any time.',
    displayName: 'Display name',
    shuffle: 'Shuffle',
    continue: 'Continue'
  },

  blocked: {
    takeOver: 'Use it here',
    reload: 'Try again'
  },

  home: {
    title: 'Home',
    welcome: (name: string) => `Hello, ${name}`,
    emptyTitle: 'Start your first conversation',
    emptyText: 'A room is a place for people you choose. Make one and share its link, or open a link that somebody sent you.',
    pickTitle: 'Pick up where you left off',
    pickText: 'Choose a room, make a new one, or open a link that somebody sent you.',
    createRoom: 'Create room',
    joinRoom: 'Join room'
  },

  rooms: {
    title: 'Rooms',
    none: 'No rooms yet',
    unread: (n: number) => plural(n, 'unread message', 'unread messages'),
    online: (n: number) => `${n} online`,
    noMessages: 'No messages yet',
    removed: 'You are no longer a member',
    settings: 'Settings',
    search: 'Search or jump to…',
    nodeOnline: 'Connected',
    nodeConnecting: 'Connecting…',
    nodeOffline: 'Node not reachable'
  },

  create: {
    title: 'New room',
    name: 'Room name',
    nameHint: 'Kitchen, Book club, Friday games…',
    intro: 'Only people you invite can read it. You can invite them right after.',
    submit: 'Create'
  },

  join: {
    title: 'Join with a link',
    link: 'Invite link',
    linkHint: 'https://…/join#v1.…',
    submit: 'Join',
    askTitle: (room: string) => `Join “${room}”?`,
    askBy: (name: string) => `${name} invited you.`,
    unverified: 'Room and name are as the link says; they are checked once you are in.',
    joinedAs: (name: string) => `Others will see you as ${name}.`,
    already: 'You are in this room already.',
    openRoom: 'Open room',
    connecting: 'Looking for the room…',
    waiting: 'Waiting for a member',
    waitingForApproval: 'Waiting for a moderator to let you in',
    waitingForApprovalText: 'Moderators see your request as soon as they are here. Parley goes on waiting by itself, also when you close this.',
    waitingText: 'Nobody who could let you in is online right now. Parley goes on trying by itself, also when you close this.',
    joining: (name: string) => `${name} is letting you in…`,
    joined: 'You are in.',
    background: 'Keep trying in the background',
    waitingBanner: (room: string) => `Waiting for a member of ${room} to let you in.`,
    show: 'Show',
    retry: 'Try again'
  },

  room: {
    invite: 'Invite',
    startCall: 'Start call',
    joinCall: 'Join call',
    checkDevices: 'Check devices',
    callWith: (names: readonly string[]) => `In the call: ${names.join(', ')}`,
    members: 'Members',
    connection: 'Connection',
    emptyTitle: (room: string) => `This is the beginning of ${room}`,
    emptyDirect: (name: string) => `Your conversation with ${name} begins here`,
    emptyParty: (parent: string) => `Everybody in ${parent} sees this room and can enter.`,
    emptyVoice: (name: string, parent: string) => `Everybody in ${parent} can drop in. Choose ${name} under Voice to talk.`,
    emptyAlone: 'It is just you so far. Share the link and others are here within seconds.',
    emptyTogether: 'Nobody has written yet. Say hello.',
    bringIn: 'Bring people in',
    missingTitle: 'This room is not on this device',
    missingText: 'It may have been left, or the address is not complete. Ask a member for a new link.',
    goHome: 'Go home',
    syncing: (received: string, total: string) => `Fetching history: ${received} of ${total}`
  },

  messages: {
    log: 'Messages',
    today: 'Today',
    yesterday: 'Yesterday',
    newLine: 'New',
    jump: 'Jump to latest',
    jumpCount: (n: number) => plural(n, 'new message', 'new messages'),
    sending: 'Sending',
    sent: 'Sent; nobody else has it yet',
    sentKept: 'Sent; kept at the node until others are back',
    delivered: (n: number, of: number) => of === 0 ? 'Delivered to who came later' : `Delivered to ${n} of ${of}`,
    counted: (n: number) => `On ${plural(n, 'device', 'devices')} by the node’s count`,
    /** Who came later reads too, and is not among those it was for. */
    read: (n: number, of: number) => n > of ? `Read by ${n}` : `Read by ${n} of ${of}`,
    failed: 'Not sent',
    failedText: 'This message could not be stored. Nobody has received it.',
    retry: 'Send again',
    blocked: 'From somebody you have blocked.',
    showBlocked: 'Show',
    from: (name: string, text: string) => `${name}: ${text}`,
    loadingOlder: 'Loading earlier messages…',
    beginning: 'The beginning of this conversation'
  },

  composer: {
    message: 'Message',
    hint: (room: string) => `Message ${room}`,
    send: 'Send',
    bytesLeft: (n: number) => plural(n, 'byte left', 'bytes left'),
    bytesOver: (n: number) => plural(n, 'byte too many', 'bytes too many'),
    cannotWrite: 'You cannot write here because you are no longer a member.',
    notReady: 'The room is being prepared. You can write in a moment.',
    typingOne: (a: string) => `${a} is typing…`,
    typingTwo: (a: string, b: string) => `${a} and ${b} are typing…`,
    typingThree: (a: string, b: string, c: string) => `${a}, ${b} and ${c} are typing…`,
    typingSeveral: 'Several people are typing…'
  },

  members: {
    title: 'Members',
    online: (n: number) => `Online · ${n}`,
    offline: (n: number) => `Offline · ${n}`,
    owner: 'Owner',
    direct: 'Direct',
    relayed: 'Relayed',
    noLink: 'Not linked',
    latency: (ms: number) => `${ms} ms`,
    lastSeen: (when: string) => `Last seen ${when}`,
    show: 'Show members',
    hide: 'Hide members'
  },

  connection: {
    title: 'Connection',
    node: 'Node',
    online: (n: number) => `${n} online`,
    direct: (n: number) => `${n} direct`,
    relayed: (n: number) => `${n} relayed`,
    alone: 'Only you here',
    waiting: 'Waiting for members',
    kept: 'kept at the node',
    offline: 'Offline',
    connecting: 'Connecting…',
    nodeOnline: 'Connected. Others can reach you.',
    nodeConnecting: 'Connecting…',
    nodeOffline: 'Not reachable. Direct links go on working; new ones need the node.',
    storageNearlyFull: 'The node’s disk is nearly full. Soon it will keep nothing new for people who are away.',
    storageFull: 'The node’s disk is full. It keeps nothing new; people who are online still get your messages.',
    memberOlder: 'Has a Parley that is too old for yours',
    memberNewer: 'Has a Parley that yours is too old for',
    retryIn: (seconds: number) => `Next attempt in ${seconds} s.`,
    keptYes: 'Everything you wrote here is kept at the node for members who are away.',
    keptNo: 'Something you wrote waits to be kept at the node.',
    clock: (differMs: number) =>
      `The clocks of this device and of the node differ by ${spanEn(differMs)}. Compare this device’s clock with a watch and set it if it is wrong; if it is right, tell the host of the node.`,
    ignored: (name: string | null, time: string) => `${name ?? 'Someone'} sends too much. Parley ignores them until ${time}.`,
    member: 'Member',
    path: 'Path',
    latency: 'Round trip',
    lacks: 'Still lacks',
    lacksNone: 'Nothing',
    lacksSome: (n: number) => plural(n, 'message', 'messages'),
    unknown: 'Unknown',
    explainDirect: 'Direct: encrypted, from device to device.',
    explainRelayed: 'Relayed: encrypted from device to device, passed on by the node, which cannot read it.'
  },

  invite: {
    title: 'Invite people',
    intro: (room: string) => `Whoever opens this link can join ${room} and read what was said before.`,
    link: 'Link',
    copy: 'Copy',
    copied: 'Copied',
    copyFailed: 'Copying was refused. The link is selected: press Ctrl+C.',
    qr: 'QR code of the link',
    making: 'Making a link…',
    none: 'No link works right now.',
    expires: 'Expires',
    uses: 'Uses',
    hour: 'In 1 hour',
    day: 'In 1 day',
    week: 'In 7 days',
    month: 'In 30 days',
    unlimited: 'No limit',
    times: (n: number) => plural(n, 'time', 'times'),
    make: 'Make a new link',
    open: 'Open links',
    expiresAt: (when: string) => `Expires ${when}`,
    used: (n: number, of: number | null) => of === null ? `used ${plural(n, 'time', 'times')}` : `used ${n} of ${plural(of, 'time', 'times')}`,
    revoke: 'Revoke',
    revoked: 'The link no longer works. Members stay members.',
    notAllowed: 'Only members with the right to invite can make links here.'
  },

  settings: {
    title: 'Settings',
    profile: 'Profile',
    appearance: 'Appearance',
    notifications: 'Notifications',
    calls: 'Calls',
    privacy: 'Privacy',
    devices: 'Devices',
    recovery: 'Recovery',
    export: 'Export',
    storage: 'Storage',
    account: 'Account',
    about: 'About',
    nameIntro: 'How others see you. Unique on this node; your old name becomes free.',
    saveName: 'Save name',
    nameSaved: (name: string) => `You are now ${name}.`,
    theme: 'Theme',
    themeSystem: 'As the system',
    themeLight: 'Light',
    themeDark: 'Dark',
    density: 'Density',
    comfortable: 'Comfortable',
    compact: 'Compact',
    language: 'Language',
    languageSystem: 'As the system',
    signOut: 'Sign out',
    signOutIntro: 'Ends the session on this device.',
    signOutTitle: 'Erase everything on this device?',
    signOutText: 'Signing out erases the messages, keys and drafts on this device. Rooms in which no other device of yours takes part can only be entered again with a new link. What others received stays with them.',
    signOutConfirm: 'Erase and leave',
    deviceKey: 'Device key',
    aboutText: 'Parley connects people directly. Messages are encrypted from device to device and stored only with the members of a room; the node introduces, relays and keeps sealed copies, and cannot read them.',
    keyboard: 'Keyboard',
    keys: {
      palette: 'Search and commands',
      rooms: 'Previous and next room',
      send: 'Send the message',
      newline: 'New line',
      editLast: 'Edit the last message',
      leave: 'Close what is open'
    }
  },

  self: selfEn,

  palette: {
    title: 'Search and commands',
    hint: 'Jump to a room or type a command',
    results: 'Results',
    none: 'Nothing found',
    room: 'Room',
    person: 'Person',
    command: 'Command',
    themeTo: (name: string) => `Theme: ${name}`,
    goHome: 'Go home'
  },

  banners: {
    offline: 'The node cannot be reached. Your history is here, and people you are linked to directly still get your messages.',
    retry: (seconds: number) => `Trying again in ${seconds} s.`,
    passportExpired: 'Your sign-in has expired and could not be renewed yet. You can read and write to linked members; renewing goes on by itself.',
    passportRevoked: 'This device was signed out elsewhere. What is stored here stays readable until you sign out.',
    passportRefused: 'The node does not accept the sign-in of this device any more, so it cannot connect. Your rooms and your history are safe on this device.',
    signInAgain: 'Sign in again'
  }
}

export type Messages = typeof en
