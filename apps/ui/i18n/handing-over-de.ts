import type { handingOverEn } from './handing-over-en.ts'

export const handingOverDe: typeof handingOverEn = {
  handingOver: {
    menu: 'Raum übergeben',
    title: (name) => `Den Raum an ${name} übergeben?`,
    text: (name) => `${name} wird zuerst gefragt. Bei einer Zusage gehört der Raum ${name}: Niemand kann ${name} dann noch entfernen, du aber kannst entfernt werden. Du besitzt den Raum noch mit. Zurückgeben kann ihn nur ${name}.`,
    confirm: 'Raum anbieten',
    offered: (name) => `Du bietest diesen Raum ${name} an. Bis zu einer Zusage bleibt er deiner.`,
    underway: (name) => `${name} sagt zu. Der Raum wird gleich übergeben.`,
    takeBack: 'Zurücknehmen',
    asked: (name) => `${name} möchte dir diesen Raum übergeben. Wenn du annimmst, gehört er dir und niemand kann dich entfernen; ${name} besitzt ihn dann noch mit.`,
    accept: 'Annehmen',
    decline: 'Ablehnen',
    accepted: (name) => `Du nimmst diesen Raum an. Er gehört dir, sobald ein Gerät von ${name} online ist.`,
    owners: 'Besitz, der Reihe nach',
    ownersNote: 'Der ersten Person gehört der Raum, und niemand kann sie entfernen. Verlässt sie ihn, rückt die nächste nach.'
  },

  continuing: {
    title: 'In neuem Raum fortsetzen',
    text: 'Erstellt einen Raum mit demselben Namen, Thema und denselben Regeln, der dir gehört. Alle hier sind eingeladen.',
    askTitle: (room) => `${room} in einem neuen Raum fortsetzen?`,
    askText: 'Der neue Raum gehört dir und hat denselben Namen, dasselbe Thema und dieselben Regeln. Wer in den nächsten 30 Tagen in diesem Raum ist, sieht hier einen Hinweis und kann als Mitglied beitreten, auch wem dieser Raum gehört.',
    askStays: 'Dieser Raum bleibt, wie er ist. Nachrichten und Rollen werden nicht mitgenommen.',
    bans: (n) => n === 1 ? 'Die Sperre mitnehmen' : `Die ${n} Sperren mitnehmen`,
    confirm: 'Neuen Raum erstellen',
    asked: (name, room) => `${name} setzt diesen Raum in einem neuen fort: ${room}.`,
    join: 'Beitreten',
    joined: (room) => `Dieser Raum geht weiter in ${room}.`,
    open: 'Öffnen',
    hide: 'Ausblenden'
  }
}
