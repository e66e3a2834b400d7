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
  }
}
