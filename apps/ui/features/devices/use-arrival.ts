import { useUi, useWords } from '../../state/app-context.ts'

/** What follows when this device became one of the person's: back home, and a word on how much came. */
export function useArrival (): (rooms: number) => void {
  const words = useWords().self
  const { dialogs, navigation, notices } = useUi()
  return (rooms) => {
    dialogs.close()
    navigation.go({ page: 'home' })
    notices.show({ kind: 'info', title: words.done, text: words.arrived(rooms) })
  }
}
