import type { failuresEn } from './failures-en.ts'

export const failuresDe: typeof failuresEn = {
  failures: {
    app: { title: 'Parley ist stehen geblieben', text: 'In diesem Fenster ist etwas schiefgegangen.' },
    rooms: { title: 'Deine Räume lassen sich nicht anzeigen', text: 'In dieser Liste ist etwas schiefgegangen. Alles andere funktioniert weiter.' },
    room: { title: 'Dieses Gespräch lässt sich nicht anzeigen', text: 'In diesem Teil des Fensters ist etwas schiefgegangen. In deinen anderen Räumen kannst du weitermachen.' },
    members: { title: 'Die Mitglieder lassen sich nicht anzeigen', text: 'In dieser Liste ist etwas schiefgegangen. Das Gespräch funktioniert weiter.' },
    call: { title: 'Der Anruf lässt sich nicht anzeigen', text: 'Du bist noch im Anruf: Die anderen hören dich, außer du warst stummgeschaltet.' },
    dialog: { title: 'Das lässt sich nicht anzeigen', text: 'In diesem Dialog ist etwas schiefgegangen. Es wurde nichts geändert.' },
    safe: 'Deine Nachrichten sind auf diesem Gerät gespeichert, nichts ist verloren. Wenn das wiederkommt, kopiere die Details und schicke sie an die Betreiber deines Knotens.',
    again: 'Noch einmal versuchen',
    leaveCall: 'Anruf verlassen',
    reload: 'Parley neu laden',
    copyDetails: 'Details kopieren'
  }
}
