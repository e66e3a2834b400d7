import type { selfEn } from './self-en.ts'

export const selfDe: typeof selfEn = {
  notYet: 'Gleich bereit: Deine Schlüssel werden geöffnet.',
  done: 'Fertig',
  copy: 'Kopieren',
  copied: 'Kopiert',
  copyFailed: 'Kopieren wurde verweigert.',

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
