import { agreementDe } from './agreement-de.ts'
import type { Messages } from './en.ts'
import { namesDe } from './names-de.ts'
import { failuresDe } from './failures-de.ts'
import { handingOverDe } from './handing-over-de.ts'
import { pendingDe } from './pending-de.ts'
import { roomsDe } from './rooms-de.ts'
import { selfDe } from './self-de.ts'
import { spanDe } from './span.ts'

const plural = (n: number, one: string, many: string): string => `${n} ${n === 1 ? one : many}`

export const de: Messages = {
  ...namesDe,
  ...roomsDe,
  agreement: agreementDe,
  pending: pendingDe,
  ...handingOverDe,
  ...failuresDe,
  languageName: 'Deutsch',
  productLine: 'Gespräche, die dir gehören.',
  skipToContent: 'Zum Gespräch springen',
  close: 'Schließen',
  cancel: 'Abbrechen',
  back: 'Zurück',
  loading: 'Lädt…',
  opening: 'Deine Gespräche werden geöffnet…',
  notices: 'Hinweise',
  dismiss: 'Ausblenden',
  you: 'du',
  never: 'nie',

  signIn: {
    title: 'Anmelden',
    intro: 'Wir schicken einen sechsstelligen Code an deine E-Mail-Adresse. Kein Passwort, keine Telefonnummer.',
    againTitle: 'Neu anmelden',
    againIntro: 'Nimm die Adresse, mit der du bisher angemeldet warst: Wir schicken einen sechsstelligen Code dorthin. Deine Räume und dein Verlauf bleiben auf diesem Gerät.',
    email: 'E-Mail',
    emailHint: 'du@example.org',
    newcomers: {
      invite: 'Neue Konten brauchen eine Einladung: Öffne den Link, den dir ein Mitglied geschickt hat. Hast du hier schon ein Konto, melde dich an.',
      domains: 'Neue Konten gibt es nur für bestimmte Mailadressen. Hast du hier schon ein Konto, melde dich an.',
      closed: 'Auf diesem Knoten gibt es keine neuen Konten. Hast du schon eines, melde dich an.'
    },
    sendCode: 'Code schicken',
    codeTitle: 'Sieh in dein Postfach',
    codeSentTo: (email) => `Wir haben einen Code an ${email} geschickt.`,
    code: 'Code',
    submit: 'Anmelden',
    resendIn: (seconds) => `Einen neuen gibt es in ${seconds} s`,
    resend: 'Neuen schicken',
    resent: 'Der Code ist noch einmal unterwegs. Er gilt aus beiden Mails.',
    otherEmail: 'Andere Adresse nehmen',
    devInbox: 'Testpostfach öffnen',
    devInboxHint: 'Dieser Knoten läuft ohne Mail: Codes landen in seinem eigenen Postfach.',
    privacy: 'Deine Nachrichten werden auf diesem Gerät versiegelt. Der Knoten, der dich anmeldet, kann sie nicht lesen.',
    linking: 'Melde dich mit der Adresse deines anderen Geräts an; dann kann dieses damit verbunden werden.',
    invitedTo: (room, by) => `${by} lädt dich in ${room} ein`,
    nameTitle: 'Wie sollen wir dich nennen?',
    nameIntro: 'Behalte diesen Namen, würfle neu oder tippe einen eigenen. Du kannst ihn jederzeit ändern.',
    displayName: 'Anzeigename',
    shuffle: 'Neu würfeln',
    continue: 'Weiter'
  },

  blocked: {
    takeOver: 'Hier benutzen',
    reload: 'Noch einmal versuchen'
  },

  home: {
    title: 'Start',
    welcome: (name) => `Hallo, ${name}`,
    emptyTitle: 'Beginne dein erstes Gespräch',
    emptyText: 'Ein Raum ist ein Ort für Menschen, die du aussuchst. Erstelle einen und teile seinen Link, oder öffne einen Link, den du bekommen hast.',
    pickTitle: 'Mach da weiter, wo du warst',
    pickText: 'Wähle einen Raum, erstelle einen neuen oder öffne einen Link, den du bekommen hast.',
    createRoom: 'Raum erstellen',
    joinRoom: 'Raum beitreten'
  },

  rooms: {
    title: 'Räume',
    none: 'Noch keine Räume',
    unread: (n) => plural(n, 'ungelesene Nachricht', 'ungelesene Nachrichten'),
    online: (n) => `${n} online`,
    noMessages: 'Noch keine Nachrichten',
    removed: 'Du bist kein Mitglied mehr',
    settings: 'Einstellungen',
    search: 'Suchen oder springen…',
    nodeOnline: 'Verbunden',
    nodeConnecting: 'Verbindet…',
    nodeOffline: 'Knoten nicht erreichbar'
  },

  create: {
    title: 'Neuer Raum',
    name: 'Name des Raums',
    nameHint: 'Küche, Lesekreis, Spieleabend…',
    intro: 'Nur wen du einlädst, kann mitlesen. Einladen kannst du gleich danach.',
    submit: 'Erstellen'
  },

  join: {
    title: 'Mit einem Link beitreten',
    link: 'Einladungslink',
    linkHint: 'https://…/join#v1.…',
    submit: 'Beitreten',
    askTitle: (room) => `„${room}“ beitreten?`,
    askBy: (name) => `${name} lädt dich ein.`,
    unverified: 'Raum und Name stehen so im Link; geprüft werden sie, sobald du drin bist.',
    joinedAs: (name) => `Andere sehen dich als ${name}.`,
    already: 'Du bist schon in diesem Raum.',
    openRoom: 'Raum öffnen',
    connecting: 'Der Raum wird gesucht…',
    waiting: 'Warten auf ein Mitglied',
    waitingForApproval: 'Warten, bis die Moderation dich einlässt',
    waitingForApprovalText: 'Die Moderation sieht deine Anfrage, sobald sie da ist. Parley wartet von selbst weiter, auch wenn du dies schließt.',
    waitingText: 'Gerade ist niemand online, der dich hereinlassen kann. Parley versucht es von selbst weiter, auch wenn du dies schließt.',
    joining: (name) => `${name} lässt dich herein…`,
    joined: 'Du bist drin.',
    background: 'Im Hintergrund weiter versuchen',
    waitingBanner: (room) => `Warten, dass ein Mitglied von ${room} dich hereinlässt.`,
    show: 'Zeigen',
    retry: 'Noch einmal versuchen'
  },

  room: {
    invite: 'Einladen',
    startCall: 'Anruf starten',
    joinCall: 'Anruf beitreten',
    checkDevices: 'Geräte prüfen',
    callWith: (names) => `Im Anruf: ${names.join(', ')}`,
    members: 'Mitglieder',
    connection: 'Verbindung',
    emptyTitle: (room) => `Hier beginnt ${room}`,
    emptyDirect: (name) => `Hier beginnt dein Gespräch mit ${name}`,
    emptyParty: (parent) => `Alle in ${parent} sehen diesen Raum und können herein.`,
    emptyVoice: (name, parent) => `Alle in ${parent} können hereinschauen. Zum Reden wähle ${name} unter „Sprechen“.`,
    emptyAlone: 'Noch bist du allein. Teile den Link, und andere sind in Sekunden hier.',
    emptyTogether: 'Noch hat niemand geschrieben. Sag hallo.',
    bringIn: 'Leute hereinholen',
    missingTitle: 'Dieser Raum ist nicht auf diesem Gerät',
    missingText: 'Vielleicht wurde er verlassen, oder die Adresse ist unvollständig. Bitte ein Mitglied um einen neuen Link.',
    goHome: 'Zum Start',
    syncing: (received, total) => `Verlauf wird geholt: ${received} von ${total}`
  },

  messages: {
    log: 'Nachrichten',
    today: 'Heute',
    yesterday: 'Gestern',
    newLine: 'Neu',
    jump: 'Zum Neuesten',
    jumpCount: (n) => plural(n, 'neue Nachricht', 'neue Nachrichten'),
    sending: 'Wird gesendet',
    sent: 'Gesendet; noch hat sie niemand sonst',
    sentKept: 'Gesendet; liegt beim Knoten, bis andere zurück sind',
    delivered: (n, of) => of === 0 ? 'Zugestellt an später Gekommene' : `Zugestellt an ${n} von ${of}`,
    counted: (n) => `Auf ${plural(n, 'Gerät', 'Geräten')}, vom Knoten gezählt`,
    read: (n, of) => n > of ? `Gelesen von ${n}` : `Gelesen von ${n} von ${of}`,
    failed: 'Nicht gesendet',
    failedText: 'Diese Nachricht konnte nicht gespeichert werden. Niemand hat sie bekommen.',
    retry: 'Noch einmal senden',
    blocked: 'Von jemandem, den du blockiert hast.',
    showBlocked: 'Zeigen',
    from: (name, text) => `${name}: ${text}`,
    loadingOlder: 'Frühere Nachrichten werden geladen…',
    beginning: 'Der Anfang dieses Gesprächs'
  },

  composer: {
    message: 'Nachricht',
    hint: (room) => `Nachricht an ${room}`,
    send: 'Senden',
    bytesLeft: (n) => `noch ${plural(n, 'Byte', 'Bytes')}`,
    bytesOver: (n) => `${plural(n, 'Byte', 'Bytes')} zu viel`,
    cannotWrite: 'Du kannst hier nicht schreiben, weil du kein Mitglied mehr bist.',
    notReady: 'Der Raum wird vorbereitet. Gleich kannst du schreiben.',
    typingOne: (a) => `${a} schreibt…`,
    typingTwo: (a, b) => `${a} und ${b} schreiben…`,
    typingThree: (a, b, c) => `${a}, ${b} und ${c} schreiben…`,
    typingSeveral: 'Mehrere Personen schreiben…'
  },

  members: {
    title: 'Mitglieder',
    online: (n) => `Online · ${n}`,
    offline: (n) => `Offline · ${n}`,
    owner: 'Besitzer',
    direct: 'Direkt',
    relayed: 'Über den Knoten',
    noLink: 'Nicht verbunden',
    latency: (ms) => `${ms} ms`,
    lastSeen: (when) => `Zuletzt da: ${when}`,
    show: 'Mitglieder zeigen',
    hide: 'Mitglieder ausblenden'
  },

  connection: {
    title: 'Verbindung',
    node: 'Knoten',
    online: (n) => `${n} online`,
    direct: (n) => `${n} direkt`,
    relayed: (n) => `${n} über den Knoten`,
    alone: 'Nur du bist hier',
    waiting: 'Warten auf Mitglieder',
    kept: 'beim Knoten aufgehoben',
    offline: 'Offline',
    connecting: 'Verbindet…',
    nodeOnline: 'Verbunden. Andere können dich erreichen.',
    nodeConnecting: 'Verbindet…',
    nodeOffline: 'Nicht erreichbar. Direkte Verbindungen gehen weiter; neue brauchen den Knoten.',
    storageNearlyFull: 'Der Speicher des Knotens ist fast voll. Bald bewahrt er für Abwesende nichts Neues mehr auf.',
    storageFull: 'Der Speicher des Knotens ist voll. Er bewahrt nichts Neues auf; wer online ist, bekommt deine Nachrichten trotzdem.',
    memberOlder: 'Hat ein Parley, das zu alt für deines ist',
    memberNewer: 'Hat ein Parley, für das deines zu alt ist',
    retryIn: (seconds) => `Nächster Versuch in ${seconds} s.`,
    keptYes: 'Alles, was du hier geschrieben hast, liegt beim Knoten für Mitglieder, die nicht da sind.',
    keptNo: 'Etwas, das du geschrieben hast, wartet noch darauf, beim Knoten zu liegen.',
    clock: (differMs) =>
      `Die Uhren dieses Geräts und des Knotens gehen um ${spanDe(differMs)} auseinander. Vergleiche die Uhr dieses Geräts mit einer anderen und stelle sie, wenn sie falsch geht; geht sie richtig, sag es dem Betreiber des Knotens.`,
    ignored: (name, time) => `${name ?? 'Jemand'} sendet zu viel. Parley hört bis ${time} nicht auf dieses Gerät.`,
    member: 'Mitglied',
    path: 'Weg',
    latency: 'Umlaufzeit',
    lacks: 'Fehlt noch',
    lacksNone: 'Nichts',
    lacksSome: (n) => plural(n, 'Nachricht', 'Nachrichten'),
    unknown: 'Unbekannt',
    explainDirect: 'Direkt: verschlüsselt, von Gerät zu Gerät.',
    explainRelayed: 'Über den Knoten: verschlüsselt von Gerät zu Gerät, weitergereicht vom Knoten, der nichts lesen kann.'
  },

  invite: {
    title: 'Leute einladen',
    intro: (room) => `Wer diesen Link öffnet, kann ${room} beitreten und lesen, was vorher gesagt wurde.`,
    link: 'Link',
    copy: 'Kopieren',
    copied: 'Kopiert',
    copyFailed: 'Kopieren wurde verweigert. Der Link ist markiert: Drücke Strg+C.',
    qr: 'QR-Code des Links',
    making: 'Link wird erstellt…',
    none: 'Zurzeit gilt kein Link.',
    expires: 'Läuft ab',
    uses: 'Benutzungen',
    hour: 'In 1 Stunde',
    day: 'In 1 Tag',
    week: 'In 7 Tagen',
    month: 'In 30 Tagen',
    unlimited: 'Ohne Grenze',
    times: (n) => `${n}-mal`,
    make: 'Neuen Link erstellen',
    open: 'Offene Links',
    expiresAt: (when) => `Läuft ab: ${when}`,
    used: (n, of) => of === null ? `${n}-mal benutzt` : `${n} von ${of}-mal benutzt`,
    revoke: 'Zurückziehen',
    revoked: 'Der Link gilt nicht mehr. Mitglieder bleiben Mitglieder.',
    notAllowed: 'Links erstellen kann hier nur, wer einladen darf.'
  },

  settings: {
    title: 'Einstellungen',
    profile: 'Profil',
    appearance: 'Aussehen',
    notifications: 'Meldungen',
    calls: 'Anrufe',
    privacy: 'Privates',
    devices: 'Geräte',
    recovery: 'Wiederherstellung',
    export: 'Export',
    storage: 'Speicher',
    account: 'Konto',
    about: 'Über',
    nameIntro: 'So sehen dich andere. Einmalig auf diesem Knoten; dein alter Name wird frei.',
    saveName: 'Namen speichern',
    nameSaved: (name) => `Du heißt jetzt ${name}.`,
    theme: 'Farben',
    themeSystem: 'Wie das System',
    themeLight: 'Hell',
    themeDark: 'Dunkel',
    density: 'Dichte',
    comfortable: 'Bequem',
    compact: 'Kompakt',
    language: 'Sprache',
    languageSystem: 'Wie das System',
    signOut: 'Abmelden',
    signOutIntro: 'Beendet die Sitzung auf diesem Gerät.',
    signOutTitle: 'Alles auf diesem Gerät löschen?',
    signOutText: 'Abmelden löscht Nachrichten, Schlüssel und Entwürfe auf diesem Gerät. Räume, in denen kein anderes deiner Geräte ist, kannst du nur mit einem neuen Link wieder betreten. Was andere bekommen haben, bleibt bei ihnen.',
    signOutConfirm: 'Löschen und gehen',
    deviceKey: 'Geräteschlüssel',
    aboutText: 'Parley verbindet Menschen direkt. Nachrichten sind von Gerät zu Gerät verschlüsselt und liegen nur bei den Mitgliedern eines Raums; der Knoten stellt vor, reicht weiter und bewahrt versiegelte Kopien auf, lesen kann er sie nicht.',
    keyboard: 'Tastatur',
    keys: {
      palette: 'Suche und Befehle',
      rooms: 'Voriger und nächster Raum',
      send: 'Nachricht senden',
      newline: 'Neue Zeile',
      editLast: 'Die letzte Nachricht bearbeiten',
      leave: 'Offenes schließen'
    }
  },

  self: selfDe,

  palette: {
    title: 'Suche und Befehle',
    hint: 'Zu einem Raum springen oder einen Befehl tippen',
    results: 'Ergebnisse',
    none: 'Nichts gefunden',
    room: 'Raum',
    person: 'Person',
    command: 'Befehl',
    themeTo: (name) => `Farben: ${name}`,
    goHome: 'Zum Start'
  },

  banners: {
    offline: 'Der Knoten ist nicht erreichbar. Dein Verlauf ist hier, und wer direkt mit dir verbunden ist, bekommt deine Nachrichten weiterhin.',
    retry: (seconds) => `Neuer Versuch in ${seconds} s.`,
    passportExpired: 'Deine Anmeldung ist abgelaufen und konnte noch nicht erneuert werden. Lesen und an Verbundene schreiben geht; erneuert wird von selbst.',
    passportRevoked: 'Dieses Gerät wurde anderswo abgemeldet. Was hier gespeichert ist, bleibt lesbar, bis du dich abmeldest.',
    passportRefused: 'Der Knoten erkennt die Anmeldung dieses Geräts nicht mehr an, deshalb kann es sich nicht verbinden. Deine Räume und dein Verlauf sind auf diesem Gerät sicher.',
    signInAgain: 'Neu anmelden'
  }
}
