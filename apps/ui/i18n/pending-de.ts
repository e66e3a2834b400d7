import type { pendingEn } from './pending-en.ts'

const others = (n: number): string => n === 0 ? '' : ` und ${n === 1 ? '1 weitere Person' : `${n} weitere`}`

export const pendingDe: typeof pendingEn = {
  title: 'Wartende Aktionen',
  kick: (name, also) => `${name}${others(also)} entfernen?`,
  ban: (name, also) => `${name}${others(also)} sperren?`,
  mute: (name) => `${name} stummschalten?`,
  muteUntil: (name, when) => `${name} stummschalten, bis ${when}?`,
  unmute: (name) => `Stummschaltung von ${name} aufheben?`,
  role: (name, label) => `${name} die Rolle „${label}“ geben?`,
  unban: (name) => `Sperre von ${name} aufheben?`,
  offerRoom: (name) => `Den Raum ${name} anbieten?`,
  policy: (settings) => `${settings} stellen?`,
  setting: (label, value) => `„${label}“ auf „${value}“`,
  revokeInvite: (name) => `Einen Link von ${name} widerrufen?`,
  deleteMessage: (name) => `Eine Nachricht von ${name} löschen?`,

  waiting: 'Wartet, bis dieses Gerät auf dem neuesten Stand ist.',
  waitingShort: (n) => n === 1 ? '1 Aktion wartet' : `${n} Aktionen warten`,
  more: (n) => n === 1 ? '1 weitere Aktion wartet.' : `${n} weitere Aktionen warten.`,
  kept: 'Wartet, bis dieses Gerät auf dem neuesten Stand ist. Danach wirst du über der Unterhaltung gefragt.',
  unchanged: 'Dieses Gerät ist auf dem neuesten Stand, und daran hat sich nichts geändert.',
  changed: (changes) => `Inzwischen ${changes}.`,
  removedBy: (name, by) => `hat ${by} ${name} entfernt`,
  bannedBy: (name, by) => `hat ${by} ${name} gesperrt`,
  gone: (name) => `hat ${name} den Raum verlassen`,
  cameIn: (name, people, n) => `${n === 1 ? 'ist' : 'sind'} ${people} über Links von ${name} dazugekommen`,
  people: (n) => `${n} Leute`,
  roleNow: (name, role) => `hat ${name} die Rolle „${role}“`,
  mutedNow: (name) => `wurde ${name} stummgeschaltet`,
  unmutedNow: (name) => `wurde die Stummschaltung von ${name} aufgehoben`,
  expired: 'ist diese Zeit vorbei',
  policyNow: 'hat jemand dieselben Einstellungen geändert',
  used: (n) => n === 1 ? 'ist 1 Person darüber dazugekommen' : `sind ${n} Leute darüber dazugekommen`,
  done: 'hat das schon jemand anderes getan',
  notAllowed: 'darfst du das nicht mehr',
  confirm: 'Ausführen',
  discard: 'Verwerfen'
}
