import type { ErrorCode, ErrorDetails } from '#shared/errors.ts'
import { CALL_MAX_CAMERAS, CALL_MAX_DEVICES, CALL_MAX_SCREENS, DEVICES_MAX, MESSAGE_MAX_BYTES, PASSPHRASE_MIN_CHARS, PENDING_ACTIONS_MAX, ROOM_MAX_MEMBERS, ROOM_NAME_MAX_CHARS } from '#shared/limits.ts'
import type { ErrorWords } from './error-words.ts'
import { waitOf } from './errors-en.ts'
import { nameWords } from './name-faults-de.ts'
import { spanDe } from './span.ts'

const wait = (details: ErrorDetails): string =>
  waitOf(details, { moment: 'gleich', seconds: (n) => `in ${n} s`, minutes: (n) => `in ${n} Minuten` })

const COMPARE = 'Vergleiche die Uhr dieses Geräts mit einer anderen und stelle sie, wenn sie falsch geht; geht sie richtig, sag es dem Betreiber des Knotens. Versuche es dann wieder.'

export const errorsDe: Record<ErrorCode, (details: ErrorDetails) => ErrorWords> = {
  'email-malformed': () => ({ what: 'Das ist keine E-Mail-Adresse.', next: 'Sie sieht aus wie du@example.org.' }),
  'code-wrong': ({ attemptsLeft: left }) => ({
    what: 'Dieser Code ist falsch.',
    next: typeof left === 'number' ? `Gib den Code ein, den du auf diesem Gerät angefordert hast. Noch ${left} ${left === 1 ? 'Versuch' : 'Versuche'}.` : 'Gib den Code ein, den du auf diesem Gerät angefordert hast.'
  }),
  'code-expired': () => ({ what: 'Dieser Code ist abgelaufen.', next: 'Codes gelten 10 Minuten. Lass dir einen neuen schicken.' }),
  'code-attempts': () => ({ what: 'Dieser Code wurde zu oft versucht und gilt nicht mehr.', next: 'Lass dir einen neuen schicken.' }),
  'code-cooldown': (details) => ({ what: 'Eben wurde ein Code verschickt.', next: `Sieh in dein Postfach und den Spam-Ordner. Einen neuen gibt es ${wait(details)}.` }),
  'registration-closed': () => ({ what: 'Dieser Knoten nimmt keine neuen Konten auf.', next: 'Melde dich mit der Adresse eines Kontos an, das es hier schon gibt, oder nimm einen anderen Knoten.' }),
  'registration-domain': () => ({ what: 'Dieser Knoten nimmt keine neuen Konten deines Mailanbieters auf.', next: 'Melde dich mit einer Adresse an, die zu den Leuten dieses Knotens gehört, etwa der von Schule oder Arbeit.' }),
  'registration-invite': () => ({ what: 'Für ein neues Konto auf diesem Knoten brauchst du eine Einladung.', next: 'Bitte ein Mitglied um einen neuen Einladungslink, öffne ihn und melde dich von dort aus an.' }),
  'pass-used-up': () => ({ what: 'Mit diesem Einladungslink wurden schon so viele Konten angelegt, wie er erlaubt.', next: 'Bitte ein Mitglied um einen neuen Link, öffne ihn und melde dich von dort aus an.' }),
  'pass-expired': () => ({ what: 'Mit diesem Einladungslink lassen sich keine Konten mehr anlegen.', next: 'Bitte ein Mitglied um einen neuen Link, öffne ihn und melde dich von dort aus an.' }),
  'name-malformed': nameWords,
  'name-taken': () => ({ what: 'Dieser Name ist vergeben oder sieht einem vergebenen zum Verwechseln ähnlich.', next: 'Würfle neu oder füge etwas Eigenes hinzu.' }),
  'rate-limited': (details) => ({ what: 'Das war zu oft.', next: `Versuche es ${wait(details)} wieder.` }),
  'proof-invalid': () => ({ what: 'Der Knoten konnte dieses Gerät nicht prüfen.', next: 'Hier ist nichts verloren. Prüfe die Uhr des Geräts und versuche es noch einmal.' }),
  'passport-invalid': () => ({ what: 'Der Knoten erkennt die Anmeldung dieses Geräts nicht an.', next: 'Dein Verlauf ist sicher. Bleibt es dabei, melde dich neu an.' }),
  'passport-expired': () => ({ what: 'Deine Anmeldung ist abgelaufen.', next: 'Sie wird erneuert, sobald der Knoten erreichbar ist. Dein Verlauf ist sicher.' }),
  'device-revoked': () => ({ what: 'Dieses Gerät wurde anderswo abgemeldet.', next: 'Was hier gespeichert ist, bleibt lesbar. Um es wieder zu verwenden, melde dich hier ab, das löscht es, und melde dich als neues Gerät an.' }),
  'clock-off': () => ({ what: 'Die Uhren dieses Geräts und des Knotens gehen zu weit auseinander.', next: COMPARE }),
  'clocks-differ': ({ differMs }) => ({
    what: typeof differMs === 'number' ? `Die Uhren dieses Geräts und des Knotens gehen um ${spanDe(differMs)} auseinander.` : 'Die Uhren dieses Geräts und des Knotens gehen zu weit auseinander.',
    next: `Niemand kann sagen, ob das hier abgelaufen ist. ${COMPARE}`
  }),

  'node-unreachable': () => ({ what: 'Der Knoten ist nicht erreichbar.', next: 'Dein Verlauf ist hier. Prüfe dein Netz; Parley versucht es von selbst weiter.' }),
  'node-error': () => ({ what: 'Im Knoten ist etwas schiefgegangen.', next: 'Auf diesem Gerät ist nichts verloren. Versuche es gleich noch einmal.' }),
  'request-invalid': () => ({ what: 'Der Knoten versteht diese Version von Parley nicht.', next: 'Lade neu oder aktualisiere, dann versuche es wieder.' }),
  'not-found': () => ({ what: 'Das hat der Knoten nicht.', next: 'Vielleicht wurde es entfernt. Geh zurück und versuche es noch einmal.' }),
  'mail-failed': () => ({ what: 'Die Mail konnte nicht verschickt werden.', next: 'Prüfe die Adresse oder sage dem Betreiber des Knotens Bescheid.' }),
  'node-full': () => ({ what: 'Der Speicher des Knotens ist voll, er bewahrt nichts Neues auf.', next: 'Nichts geht verloren. Sag es den Betreibern des Knotens und versuche es später noch einmal.' }),
  'client-too-old': () => ({ what: 'Dafür ist ein neueres Parley nötig als deines.', next: 'Nichts geht verloren. Lade die Seite neu oder aktualisiere die App und versuche es noch einmal.' }),
  'node-too-old': () => ({ what: 'Dieser Knoten ist zu alt für dein Parley.', next: 'Nichts geht verloren. Wer den Knoten betreibt, muss ihn aktualisieren.' }),
  'member-too-old': () => ({ what: 'Alle, die gerade online sind, benutzen ein Parley, das zu alt für deines ist.', next: 'Der Link bleibt gültig. Bitte sie, neu zu laden oder zu aktualisieren, und versuche es noch einmal.' }),
  'mailbox-full': () => ({ what: 'Der Knoten bewahrt für diesen Raum nichts mehr auf.', next: 'Es geht, sobald ein Mitglied online ist. Versuche es später noch einmal.' }),
  'timeout': () => ({ what: 'Es kam rechtzeitig keine Antwort.', next: 'Nichts ist verloren. Versuche es noch einmal.' }),
  'aborted': () => ({ what: 'Das wurde abgebrochen.', next: 'Nichts wurde geändert.' }),

  'invite-malformed': () => ({ what: 'Das ist kein Einladungslink.', next: 'Kopiere den ganzen Link, auch was nach dem # steht.' }),
  'invite-version': () => ({ what: 'Dieser Link stammt von einem neueren Parley.', next: 'Lade neu oder aktualisiere Parley, dann öffne ihn wieder.' }),
  'invite-outdated': () => ({ what: 'Dieser Link stammt von einem älteren Parley.', next: 'Bitte ein Mitglied um einen neuen.' }),
  'invite-other-node': ({ nodeOrigin: origin }) => ({
    what: 'Dieser Link gehört zu einem anderen Knoten.',
    next: typeof origin === 'string' ? `Öffne ihn im Browser: Er führt zu ${origin}.` : 'Öffne ihn stattdessen im Browser.'
  }),
  'invite-expired': () => ({ what: 'Dieser Link ist abgelaufen.', next: 'Bitte ein Mitglied um einen neuen.' }),
  'invite-used-up': () => ({ what: 'Dieser Link wurde so oft benutzt, wie er darf.', next: 'Bitte ein Mitglied um einen neuen.' }),
  'invite-revoked': () => ({ what: 'Dieser Link wurde zurückgezogen.', next: 'Bitte ein Mitglied um einen neuen.' }),
  'invite-refused': () => ({ what: 'Die Geräte der Mitglieder haben diesen Link abgelehnt.', next: 'Bitte ein Mitglied um einen neuen.' }),
  'request-declined': () => ({ what: 'Deine Anfrage wurde abgelehnt.', next: 'Frag jemanden aus dem Raum.' }),
  'banned': () => ({ what: 'Du bist aus diesem Raum verbannt.', next: 'Nur wer den Raum moderiert, kann das aufheben.' }),
  'room-full': () => ({ what: 'Dieser Raum ist voll.', next: `Ein Raum fasst ${ROOM_MAX_MEMBERS} Mitglieder. Jemand muss zuerst gehen.` }),
  'room-device-limit': () => ({ what: `In diesem Raum sind schon ${DEVICES_MAX} deiner Geräte.`, next: 'Was auf diesem Gerät ist, kannst du lesen. Melde ein anderes ab, dann kommt dieses von selbst herein.' }),
  'room-name-malformed': () => ({ what: 'Ein Raum braucht einen Namen.', next: `Nimm 1 bis ${ROOM_NAME_MAX_CHARS} Zeichen.` }),
  'offer-over': () => ({ what: 'Der Raum wird dir nicht mehr angeboten.', next: 'Wenn du ihn noch übernehmen willst, frage die Person, der er gehört.' }),
  'too-many-pending': () => ({ what: `In diesem Raum warten schon ${PENDING_ACTIONS_MAX} Aktionen.`, next: 'Verwirf einige davon über der Unterhaltung, oder geh online.' }),
  'not-allowed': () => ({ what: 'Das darfst du hier nicht.', next: 'Frage jemanden, dem der Raum gehört.' }),
  'device-copied': () => ({
    what: 'Dieses Gerät wurde kopiert oder läuft aus einer alten Sicherung.',
    next: 'Nicht alles, was du von hier sendest, erreicht die anderen. Melde dich auf diesem Gerät ab und wieder an: Dann gilt es als neues.'
  }),
  'device-behind': () => ({ what: 'Dieses Gerät hat einen Teil deiner Nachrichten in diesem Raum verloren.', next: 'Warte, bis ein anderes Mitglied online ist: Dort sind sie noch. Dein Text bleibt erhalten.' }),
  'certificate-expired': () => ({
    what: 'Dieses Gerät muss neu bestätigt werden: Seine Bestätigung ist älter als 90 Tage, oder seine Uhr geht falsch.',
    next: 'Öffne Parley auf deinem ersten Gerät, warte, bis beide online sind, und versuche es wieder. Hast du es nicht mehr, gib hier deine zwölf Wörter ein.'
  }),
  'member-revoked': () => ({ what: 'Diese Person hat alle Geräte abgemeldet, die du von ihr kennst.', next: 'Vergleicht die Nummer, wenn sie mit einem neuen Gerät da ist.' }),
  'member-uncertified': () => ({
    what: 'Kein Gerät dieser Person wurde in den letzten 90 Tagen bestätigt.',
    next: 'Bitte sie, Parley auf ihrem ersten Gerät zu öffnen, und versuche es dann wieder. Stimmt das Datum dieses Geräts nicht, stell es richtig.'
  }),
  'removed-from-room': () => ({ what: 'Du bist kein Mitglied dieses Raums mehr.', next: 'Was du bekommen hast, bleibt auf diesem Gerät.' }),
  'not-an-emoji': () => ({ what: 'Das ist kein Emoji.', next: 'Tippe oder füge genau eines ein.' }),
  'message-empty': () => ({ what: 'Hier steht noch nichts.', next: 'Schreibe zuerst etwas.' }),
  'message-too-long': ({ maxBytes: max }) => ({
    what: 'Diese Nachricht ist zu lang.',
    next: `Dein Text ist noch da. Kürze ihn auf ${typeof max === 'number' ? max : MESSAGE_MAX_BYTES} Bytes oder schicke ihn in Teilen.`
  }),

  'device-limit': () => ({ what: `In diesem Konto sind schon ${DEVICES_MAX} Geräte angemeldet.`, next: 'Melde eines davon in den Einstellungen eines anderen Geräts ab, dann versuche es wieder.' }),
  'device-in-use': () => ({ what: 'Auf diesem Gerät ist schon jemand in Räumen.', next: 'Es wurde nichts geändert. Nimm ein frisches Profil, oder melde dich hier erst ab: Das löscht dieses Gerät.' }),
  'words-wrong': ({ word, count }) => ({
    what: typeof word === 'string' ? `„${word}“ ist keines der Wörter.` : 'Das sind nicht die zwölf Wörter.',
    next: typeof count === 'number' && count !== 12 ? `Es sind ${count} von zwölf. Gib sie in ihrer Reihenfolge ein.` : 'Vergleiche sie mit dem, was du aufgeschrieben hast, in derselben Reihenfolge.'
  }),
  'backup-missing': () => ({ what: 'Der Knoten hat für diese Wörter unter diesem Konto keine Sicherung.', next: 'Prüfe die Wörter, und ob du mit derselben E-Mail-Adresse angemeldet bist.' }),
  'backup-changed': () => ({ what: 'Ein anderes deiner Geräte hat die Sicherung im selben Moment geändert.', next: 'Nichts ist verloren. Es wird von selbst wieder versucht.' }),
  'link-code-wrong': () => ({ what: 'Dieser Code wurde nicht angenommen.', next: 'Vergleiche ihn mit dem anderen Gerät. Beide müssen im selben Konto angemeldet sein.' }),
  'link-expired': () => ({ what: 'Dieser Code gilt nicht mehr, oder das andere Gerät ist nicht da.', next: 'Zeige auf dem anderen Gerät einen neuen Code und lass ihn offen.' }),
  'root-key-missing': () => ({ what: 'Dieses Gerät hat deine Wiederherstellungswörter nicht.', next: 'Tu das auf dem Gerät, mit dem du begonnen hast, oder stelle mit den zwölf Wörtern wieder her.' }),
  'passphrase-short': () => ({ what: 'Diese Passphrase ist zu kurz.', next: `Nimm mindestens ${PASSPHRASE_MIN_CHARS} Zeichen; am besten mehrere Wörter.` }),
  'passphrase-wrong': () => ({ what: 'Diese Passphrase öffnet die Datei nicht.', next: 'Es wurde nichts geändert. Prüfe Groß- und Kleinschreibung, dann versuche es wieder.' }),
  'export-foreign': () => ({ what: 'Diese Datei ist kein Export von Parley.', next: 'Es wurde nichts geändert. Wähle die Datei, die du in den Einstellungen gespeichert hast.' }),
  'export-newer': () => ({ what: 'Diese Datei stammt von einem neueren Parley.', next: 'Es wurde nichts geändert. Lade neu oder aktualisiere Parley, dann versuche es wieder.' }),
  'export-damaged': () => ({ what: 'Diese Datei ist beschädigt oder nicht vollständig.', next: 'Es wurde nichts geändert. Kopiere sie noch einmal von dort, wo du sie gespeichert hast.' }),
  'key-changed': ({ name }) => ({
    what: typeof name === 'string' ? `Jemand mit einem anderen Schlüssel heißt hier ${name}, wie jemand, den du geprüft hast.` : 'Ein geprüfter Name erscheint mit einem anderen Schlüssel.',
    next: 'Vielleicht ein neuer Anfang, vielleicht jemand anders. Vergleiche die Sicherheitsnummer, bevor du vertraust.'
  }),

  'call-locked': () => ({ what: 'Dieser Anruf ist von der Moderation geschlossen.', next: 'Nachrichten gehen weiter. Warte, bis er wieder offen ist, oder frage nach.' }),
  'call-removed': () => ({ what: 'Du wurdest von der Moderation aus diesem Anruf entfernt.', next: 'Nachrichten gehen weiter. Beim nächsten Anruf kannst du dabei sein.' }),
  'relay-missing': () => ({ what: 'Deine Adresse bleibt verborgen, und dieser Knoten hat keinen Server, der den Anruf für dich trägt (TURN).', next: 'Nachrichten gehen weiter. Bitte den Betreiber des Knotens darum, oder ändere unter Einstellungen, Privates, vor wem du dich verbirgst.' }),
  'call-full': () => ({ what: `In diesem Anruf sind schon ${CALL_MAX_DEVICES} Geräte.`, next: 'Mehr wären für alle schlecht. Komm dazu, wenn jemand gegangen ist.' }),
  'call-video-full': () => ({ what: `In diesem Anruf sind schon ${CALL_MAX_CAMERAS} Kameras an.`, next: 'Du wirst gehört. Schalte deine ein, wenn jemand seine ausgeschaltet hat.' }),
  'call-screen-full': () => ({ what: `In diesem Anruf werden schon ${CALL_MAX_SCREENS} Bildschirme geteilt.`, next: 'Teile deinen, wenn jemand aufgehört hat.' }),
  'microphone-denied': () => ({ what: 'Parley darf das Mikrofon nicht benutzen.', next: 'Du kannst zuhören. Erlaube es am Schloss in der Adresszeile (oder in den Datenschutzeinstellungen des Systems), dann hebe die Stummschaltung auf.' }),
  'microphone-missing': () => ({ what: 'Es gibt kein Mikrofon.', next: 'Du kannst zuhören. Schließe eines an, dann hebe die Stummschaltung auf.' }),
  'microphone-busy': () => ({ what: 'Ein anderes Programm benutzt das Mikrofon.', next: 'Du kannst zuhören. Schließe das Programm, dann hebe die Stummschaltung auf.' }),
  'camera-denied': () => ({ what: 'Parley darf die Kamera nicht benutzen.', next: 'Du wirst gehört. Erlaube es am Schloss in der Adresszeile (oder in den Datenschutzeinstellungen des Systems), dann starte das Video.' }),
  'camera-missing': () => ({ what: 'Es gibt keine Kamera.', next: 'Du wirst gehört. Schließe eine an, dann starte das Video.' }),
  'camera-busy': () => ({ what: 'Ein anderes Programm benutzt die Kamera.', next: 'Du wirst gehört. Schließe das Programm, dann starte das Video.' }),
  'recording-full': () => ({ what: 'Der Speicher ist voll: Die Aufnahme ist beendet.', next: 'Was aufgenommen wurde, ist noch da, und der Anruf geht weiter. Schaffe Platz und speichere sie dann.' }),
  'recording-failed': () => ({ what: 'Die Aufnahme endete durch einen Fehler.', next: 'Was aufgenommen wurde, ist noch da, und der Anruf geht weiter. Speichere sie und nimm dann weiter auf.' }),
  'screen-failed': () => ({ what: 'Der Bildschirm konnte nicht geteilt werden.', next: 'Der Anruf geht weiter. Versuche es noch einmal oder teile ein anderes Fenster.' }),
  'noise-suppression-failed': () => ({ what: 'Die starke Rauschunterdrückung ließ sich nicht starten.', next: 'Du wirst gehört, mit der eingebauten. Unter Geräte kannst du es ändern.' }),
  'background-unsupported': () => ({ what: 'Dieser Browser kann den Hintergrund nicht ändern.', next: 'Man sieht dich, wie die Kamera dich sieht. Nimm Chrome, Edge oder die Desktop-App, oder beende das Video.' }),
  'background-failed': () => ({ what: 'Der Hintergrund ließ sich nicht ändern.', next: 'Man sieht dich, wie die Kamera dich sieht. Wähle ihn unter Geräte noch einmal, oder beende das Video.' }),
  'background-too-slow': () => ({ what: 'Der Hintergrund ist aus: Dieses Gerät ist dafür zu langsam.', next: 'Man sieht dich, wie die Kamera dich sieht. Schließe andere Programme und wähle ihn unter Geräte noch einmal, oder beende das Video.' }),
  'background-picture': () => ({ what: 'Dieses Bild lässt sich nicht verwenden.', next: 'Es wurde nichts geändert. Nimm ein PNG, JPEG oder WebP mit höchstens 32 MB.' }),

  'storage-denied': () => ({ what: 'Dieser Browser lässt Parley nichts speichern.', next: 'Verlasse den privaten Modus oder erlaube Websitedaten für diese Adresse, dann versuche es wieder.' }),
  'storage-full': () => ({ what: 'Dieses Gerät ist voll.', next: 'Gespeichertes ist sicher, neue Nachrichten nicht. Schaffe Platz, dann versuche es wieder.' }),
  'storage-newer': () => ({ what: 'Dein Verlauf stammt von einem neueren Parley.', next: 'Er ist sicher. Lade neu oder aktualisiere Parley, um ihn zu öffnen.' }),
  'other-window': () => ({ what: 'Parley ist in einem anderen Fenster offen.', next: 'Nichts ist verloren. Mach dort weiter oder benutze es hier: Das andere Fenster ruht dann.' }),
  'unsupported': () => ({ what: 'Diesem Browser fehlt etwas, das Parley braucht.', next: 'Nimm ein aktuelles Chrome, Edge, Firefox oder Safari über https.' }),
  'unexpected': () => ({ what: 'Etwas Unerwartetes ist schiefgegangen.', next: 'Gespeichertes ist nicht verloren. Versuche es noch einmal; bleibt es dabei, lade neu.' })
}
