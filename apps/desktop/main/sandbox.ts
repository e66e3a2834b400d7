/** The app does not run without its sandbox: a hole in the page would then be a hole in the computer, and nobody would know. */
import { app, dialog } from 'electron'

const EXPLANATION = {
  en: {
    title: 'Parley needs its sandbox',
    text: 'This system does not let the AppImage use a sandbox, so Parley was started without one. Parley does not open like that; your messages ' +
      'are safe where they are.\n\nInstall the .deb package instead: it sets the sandbox up. Or allow unprivileged user namespaces for this ' +
      'AppImage, and start it again without --no-sandbox.'
  },
  de: {
    title: 'Parley braucht seine Sandbox',
    text: 'Auf diesem System darf das AppImage keine Sandbox nutzen, deshalb wurde Parley ohne sie gestartet. So öffnet sich Parley nicht; deine ' +
      'Nachrichten sind sicher, wo sie sind.\n\nInstalliere stattdessen das .deb-Paket: Es richtet die Sandbox ein. Oder erlaube diesem AppImage ' +
      'unprivilegierte Benutzer-Namensräume und starte es ohne --no-sandbox.'
  }
}

/**
 * Returns true when the sandbox is on. Otherwise explains what to do and ends the app. The start script that electron-builder puts into an
 * AppImage adds `--no-sandbox` where user namespaces are restricted (Ubuntu 24.04), and says nothing.
 */
export function requireSandbox (): boolean {
  if (!app.commandLine.hasSwitch('no-sandbox')) return true
  const { title, text } = EXPLANATION[app.getPreferredSystemLanguages()[0]?.startsWith('de') === true ? 'de' : 'en']
  // Before the app is ready, this shows a window where the system can and writes to stderr where it cannot.
  dialog.showErrorBox(title, text)
  app.exit(1)
  return false
}
