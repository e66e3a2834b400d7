/** Notifications of the operating system: one per tag, so that ten messages of one room are one line. */
import { Notification } from 'electron'

/** More than any notification area keeps. The oldest is closed. */
const SHOWN_MAX = 50

export interface Notifications {
  show(notification: { tag: string, title: string, body: string }): void
}

export function createNotifications (onClick: (tag: string) => void): Notifications {
  const shown = new Map<string, Notification>()
  const close = (tag: string): void => {
    shown.get(tag)?.close()
    shown.delete(tag)
  }
  return {
    show ({ tag, title, body }) {
      if (!Notification.isSupported()) return
      close(tag)
      const oldest = shown.keys().next()
      if (shown.size >= SHOWN_MAX && oldest.done !== true) close(oldest.value)
      // Sounds are the client's business, which knows what the person has set.
      const notification = new Notification({ title, body, silent: true })
      // Kept, since a notification that is garbage collected no longer hears its click.
      shown.set(tag, notification)
      notification.on('click', () => {
        shown.delete(tag)
        onClick(tag)
      })
      notification.on('close', () => { if (shown.get(tag) === notification) shown.delete(tag) })
      notification.show()
    }
  }
}
