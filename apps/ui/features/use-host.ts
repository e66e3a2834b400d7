import { useEffect } from 'react'
import type { Platform, Room } from '#client'
import { isBlocked } from '../hooks/use-blocked.ts'
import { useSignal } from '../hooks/use-signal.ts'
import { useClient, useLanguage, useUi } from '../state/app-context.ts'

/** What the window tells its host: title, badge, notifications; and what the client tells the person: trouble. */
export function useHost (platform: Platform, room: Room | null): void {
  const client = useClient()
  const { notices, navigation } = useUi()
  const { errorWords, words: { names } } = useLanguage()
  useNotificationOffer(platform)
  const unread = (useSignal(client.rooms) ?? []).reduce((sum, one) => sum + one.unread, 0)
  const roomName = useSignal(client.rooms)?.find((one) => one.tag === room?.tag)?.name

  useEffect(() => { platform.setBadge(unread) }, [platform, unread])
  useEffect(() => {
    document.title = `${unread > 0 ? `(${unread}) ` : ''}${roomName === undefined ? '' : `${roomName} · `}Parley`
    return () => { document.title = 'Parley' }
  }, [unread, roomName])

  useEffect(() => client.events.on('trouble', ({ error }) => {
    const { what, next } = errorWords(error)
    notices.show({ kind: 'trouble', title: what, text: next })
  }), [client, notices, errorWords])

  useEffect(() => client.events.on('message-received', (message) => {
    const place = navigation.place.value
    const isRead = document.visibilityState === 'visible' && document.hasFocus() && place.page === 'room' && place.tag === message.roomTag
    if (isRead || isBlocked(client, message.author)) return
    platform.notify({
      title: `${names.marked(message.authorName, message.authorMark)} · ${message.roomName === '' ? names.unnamedRoom : message.roomName}`,
      body: message.text,
      tag: message.roomTag,
      onClick: () => navigation.go({ page: 'room', tag: message.roomTag })
    })
  }), [client, platform, navigation, names])
}

/** Explains notifications before the browser asks: once somebody wrote while the window was hidden, so that it is clear what for. */
function useNotificationOffer (platform: Platform): void {
  const client = useClient()
  const { notices, preferences } = useUi()
  const { words } = useLanguage()
  useEffect(() => client.events.on('message-received', () => {
    const isNews = document.visibilityState === 'hidden' && platform.notifications.permission() === 'undecided'
    if (!isNews || preferences.current.value.wantsNoNotifications) return
    const w = words.self.notifications
    notices.show({
      kind: 'info',
      title: w.askTitle,
      text: w.askText,
      actions: [
        { label: w.turnOn, perform: () => { platform.notifications.ask().catch(() => {}) } },
        { label: words.self.later, perform: () => preferences.change({ wantsNoNotifications: true }) }
      ]
    })
  }), [client, platform, notices, preferences, words])
}
