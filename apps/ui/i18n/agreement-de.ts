import type { agreementEn } from './agreement-en.ts'

export const agreementDe: typeof agreementEn = {
  otherDevice: 'dein anderes Gerät',
  others: (n) => n === 1 ? '1 weitere Person' : `${n} weitere`,
  notice: (who) => `Du und ${who} seht verschiedene Räume.`,
  noticeMany: (who) => `Du siehst einen anderen Raum als ${who}.`,
  explain: 'Was tun?',
  title: 'Ihr seht verschiedene Räume',
  meaning: (who) =>
    `Du und ${who} habt dieselben Änderungen an diesem Raum erhalten, aber die Geräte kommen zu verschiedenen Ergebnissen. Vielleicht hat der Raum dort andere Mitglieder, Rollen oder Einstellungen.`,
  cause: 'Entweder hat Parley einen Fehler, oder das andere Gerät behauptet etwas Falsches. Welches von beiden, kann Parley nicht erkennen. Deshalb wurde nichts geändert oder gesperrt.',
  compare: 'Vergleicht die Liste der Mitglieder und ihre Rollen, in einem Anruf oder wenn ihr euch seht.',
  update: 'Aktualisiert Parley auf beiden Geräten. Der Hinweis verschwindet, sobald sie sich wieder einig sind.',
  report: 'Bleibt er, kopiere die Einzelheiten und schick sie denen, die deinen Knoten betreiben. Sie nennen die Geräte und enthalten keine Nachrichten.',
  leave: 'Kommt es darauf an, wer in diesem Raum ist, macht in einem neuen weiter.',
  details: 'Einzelheiten',
  newRoom: 'Neuen Raum erstellen',
  short: 'Sieht anderen Raum',
  shortLong: (name) => `Ein Gerät von ${name} hat dieselben Änderungen an diesem Raum wie deines und kommt zu einem anderen Ergebnis.`,
  rulesOlder: 'Hat ein älteres Parley mit älteren Regeln für Räume',
  rulesNewer: 'Hat ein neueres Parley mit neueren Regeln für Räume'
}
