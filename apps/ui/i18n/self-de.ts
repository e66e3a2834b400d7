import type { selfEn } from './self-en.ts'

const plural = (n: number, one: string, many: string): string => `${n.toLocaleString('de')} ${n === 1 ? one : many}`

export const selfDe: typeof selfEn = {
  notYet: 'Gleich bereit: Deine Schlüssel werden geöffnet.',
  done: 'Fertig',
  later: 'Nicht jetzt',
  copy: 'Kopieren',
  copied: 'Kopiert',
  copyFailed: 'Kopieren wurde verweigert.',
  tryAgain: 'Noch einmal versuchen',
  units: ['B', 'kB', 'MB', 'GB', 'TB'],

  start: {
    title: 'Schon einmal bei Parley gewesen?',
    text: 'Hol deine Räume, Namen und deinen Verlauf auf dieses Gerät.',
    link: 'Mit meinem anderen Gerät verbinden',
    recover: 'Mit zwölf Wörtern wiederherstellen',
    import: 'Einen Export einlesen'
  },
  arrived: (rooms) => rooms === 0 ? 'Dieses Gerät gehört jetzt zu dir. Du warst noch in keinem Raum.' : `Dieses Gerät gehört jetzt zu dir: ${plural(rooms, 'Raum ist', 'Räume sind')} hier.`,

  devices: {
    intro: 'Jedes Gerät hat eigene Schlüssel. Was du auf einem schreibst, erscheint auf den anderen als deins.',
    list: 'Deine Geräte',
    unnamed: 'Ein Gerät',
    isThis: 'Dieses Gerät',
    lastSeen: (when) => `Zuletzt gesehen: ${when}`,
    neverSeen: 'Noch nicht gesehen',
    revoke: 'Abmelden',
    revokeTitle: (label) => `„${label}“ abmelden?`,
    revokeText: 'Es wird abgemeldet und verlässt jeden Raum, und die Räume wechseln ihre Schlüssel: Was ab jetzt geschrieben wird, kann es nicht lesen. Was es schon bekommen hat, bleibt darauf. Das lässt sich nicht zurücknehmen.',
    revokeConfirm: 'Gerät abmelden',
    link: 'Gerät verbinden',
    cannotLink: 'Neue Geräte verbindest du von dem Gerät aus, mit dem du begonnen hast: Nur dort sind deine Wiederherstellungswörter.',
    offerTitle: 'Gerät verbinden',
    offerSteps: [
      'Öffne diesen Knoten auf dem neuen Gerät und melde dich mit derselben E-Mail-Adresse an.',
      'Wähle „Mit meinem anderen Gerät verbinden“.',
      'Tippe dort diesen Code ein und lass dieses Fenster offen.'
    ],
    code: 'Gerätecode',
    codeHint: 'ABCD-EFGH-…',
    qr: 'QR-Code für das neue Gerät',
    preparing: 'Ein Code wird erstellt…',
    goodFor: (minutes) => `Gilt noch ${minutes}`,
    linking: 'Das neue Gerät ist da. Räume und Schlüssel werden übergeben…',
    linked: 'Verbunden. Das neue Gerät ist in deinen Räumen.',
    another: 'Neuen Code zeigen',
    enterTitle: 'Mit meinem anderen Gerät verbinden',
    enterText: 'Öffne auf dem anderen Gerät Einstellungen, Geräte, „Gerät verbinden“, und tippe den Code ein, den es zeigt.',
    enter: 'Verbinden',
    entering: 'Dein anderes Gerät wird gesucht…'
  },

  recovery: {
    intro: 'Zwölf Wörter holen deine Räume zurück, wenn alle deine Geräte verloren sind. Schreib sie auf Papier. Wer sie hat und deine Mail lesen kann, kann du werden.',
    notHere: 'Die Wörter sind auf dem Gerät, mit dem du begonnen hast. Dieses wurde von dort verbunden und hat sie nicht.',
    confirmed: (when) => `Du hast am ${when} bestätigt, dass die Wörter aufgeschrieben sind.`,
    unconfirmed: 'Du hast noch nicht bestätigt, dass sie aufgeschrieben sind.',
    show: 'Meine Wörter zeigen',
    askTitle: 'Sieht dir niemand über die Schulter?',
    askText: 'Die Wörter werden ganz gezeigt. Fotografiere sie nicht, und tippe sie nirgends ein als in Parley.',
    askConfirm: 'Jetzt zeigen',
    list: 'Deine zwölf Wörter',
    print: 'Drucken',
    hide: 'Verbergen',
    written: 'Ich habe sie aufgeschrieben',
    checkTitle: 'Tippe zwei davon ein, um sicher zu sein',
    word: (n) => `Wort ${n}`,
    wrongWord: (n) => `Wort ${n} ist ein anderes. Sieh auf dein Papier.`,
    check: 'Prüfen',
    backToWords: 'Wörter noch einmal zeigen',
    noticeText: 'Wenn du dieses Gerät verlierst, holen zwölf Wörter deine Räume zurück.',
    noticeShow: 'Aufschreiben',
    recoverTitle: 'Mit zwölf Wörtern wiederherstellen',
    recoverText: 'Tippe die Wörter in ihrer Reihenfolge ein, mit Leerzeichen dazwischen. Deine Räume kommen vom Knoten und von den Mitgliedern zurück.',
    words: 'Wiederherstellungswörter',
    wordsHint: (n) => `${n} von 12 Wörtern`,
    recover: 'Wiederherstellen',
    recovering: 'Deine Sicherung wird geöffnet…',
    paper: 'Parley Wiederherstellungswörter'
  },

  export: {
    title: 'Export',
    intro: 'Eine Datei mit allem, was deins ist: Schlüssel, Räume und Verlauf, versiegelt mit einer Passphrase. Mit beiden kann jeder du werden; ohne die Passphrase öffnet sie niemand, auch du nicht.',
    notHere: 'Exportieren kannst du auf dem Gerät, mit dem du begonnen hast: Nur dort sind deine Wiederherstellungswörter.',
    passphrase: 'Passphrase',
    again: 'Passphrase noch einmal',
    short: (n, min) => `${n} von mindestens ${min} Zeichen`,
    fair: 'Lang genug. Vier oder mehr Wörter sind besser.',
    good: 'Gute Länge.',
    differ: 'Die beiden sind nicht gleich.',
    start: 'Exportieren',
    progress: (done, total) => total === 0 ? 'Wird gesammelt…' : `${done.toLocaleString('de')} von ${total.toLocaleString('de')} versiegelt`,
    progressName: 'Fortschritt des Exports',
    cancelled: 'Abgebrochen. Es ist keine Datei entstanden.',
    ready: (size) => `Die Datei ist fertig: ${size}.`,
    save: 'Datei speichern',
    importTitle: 'Einlesen',
    importText: 'Bringt einen Export auf dieses Gerät, das als neues Gerät in deine Räume kommt.',
    importOnlyFresh: 'Ein Export lässt sich nur einlesen, wo noch niemand in einem Raum ist: auf einem frischen Gerät, gleich nach dem Anmelden.',
    file: 'Exportdatei',
    filePassphrase: 'Passphrase der Datei',
    import: 'Einlesen',
    importing: (done, total) => total === 0 ? 'Die Datei wird geöffnet…' : `${done.toLocaleString('de')} von ${total.toLocaleString('de')} eingelesen`,
    importName: 'Fortschritt des Einlesens',
    imported: (rooms, messages) => `Da: ${plural(rooms, 'Raum', 'Räume')} und ${plural(messages, 'Nachricht', 'Nachrichten')}.`
  },

  privacy: {
    readMarks: 'Anderen zeigen, was ich gelesen habe',
    readMarksAll: 'In allen Räumen',
    readMarksText: 'Wo es aus ist, erfahren die Mitglieder nie, ob du ihre Nachrichten gelesen hast. Was sie gelesen haben, siehst du weiter.',
    some: (on, of) => `An in ${on} von ${of} Räumen`,
    rooms: 'Raum für Raum',
    noRooms: 'Sobald du in einem Raum bist, kannst du hier wählen.'
  },

  notifications: {
    intro: 'Parley kann neue Nachrichten melden, während sein Fenster verborgen ist. Die Meldungen kommen von diesem Gerät selbst; kein Server ist beteiligt.',
    askTitle: 'Neue Nachrichten melden, während du woanders bist?',
    askText: 'Dein Browser fragt dich einmal. Die Texte zeigt dieses Gerät; sie gehen durch keinen Server.',
    turnOn: 'Meldungen einschalten',
    allowed: 'Meldungen sind an.',
    refused: 'Meldungen sind für diese Adresse gesperrt. Erlauben kannst du sie in den Einstellungen des Browsers, neben der Adresse.',
    unsupported: 'Dieser Browser kann keine Meldungen zeigen.'
  },

  storage: {
    used: (used, quota) => `${used} von ${quota} belegt`,
    usedOnly: (used) => `${used} belegt`,
    unknown: 'Dieser Browser sagt nicht, wie viel belegt ist.',
    measuring: 'Wird gemessen…',
    persisted: 'Deine Daten bleiben, auch wenn der Speicher voll wird.',
    notPersisted: 'Der Browser darf deine Daten löschen, wenn der Speicher voll wird. Andere Mitglieder und der Knoten können das meiste zurückholen.',
    keep: 'Meine Daten behalten',
    keepRefused: 'Der Browser hat noch nicht zugestimmt. Er tut es für Seiten, die oft benutzt werden, installiert sind oder melden dürfen.',
    rooms: 'Räume nach Größe',
    room: 'Raum',
    messages: 'Nachrichten',
    size: 'Größe',
    none: 'Noch keine Räume.',
    check: 'Prüfen und reparieren',
    checkText: 'Liest alles, was gespeichert ist, und holt neu, was beschädigt ist oder fehlt.',
    checking: (done, total) => `Raum ${done} von ${total} wird geprüft…`,
    healthy: (n) => `${plural(n, 'Eintrag', 'Einträge')} geprüft: alles heil.`,
    damaged: (n, bad) => `${plural(n, 'Eintrag', 'Einträge')} geprüft: ${bad} beschädigt, sie werden von Mitgliedern und Knoten neu geholt.`
  },

  safety: {
    title: 'Sicherheitsnummer',
    intro: (name) => `Vergleiche diese Nummer mit ${name}, persönlich oder in einem Anruf. Seht ihr beide dieselbe, steht niemand zwischen euch.`,
    number: 'Sechzig Ziffern in zwölf Gruppen',
    qr: 'QR-Code der Sicherheitsnummer',
    making: 'Die Nummer wird berechnet…',
    isVerified: (name) => `Du hast ${name} geprüft.`,
    markVerified: 'Als geprüft markieren',
    unmark: 'Prüfung zurücknehmen',
    verified: 'Von dir geprüft',
    otherKey: 'Gleicher Name wie jemand, den du geprüft hast, aber ein anderer Schlüssel',
    otherKeyText: (name) =>
      `Du hast schon jemanden namens ${name} geprüft, und dies ist ein anderer Schlüssel. Es kann ein Neuanfang nach einem verlorenen Gerät sein oder jemand anderes unter demselben Namen: Vergleiche die Nummer, bevor du vertraust.`
  }
}
