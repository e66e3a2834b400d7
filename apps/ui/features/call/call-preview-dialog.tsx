import { Phone, Video } from 'lucide-react'
import type { Calls, Room } from '#client'
import { Button } from '../../components/button.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { ErrorText } from '../../components/error-text.tsx'
import { useTask } from '../../hooks/use-task.ts'
import { useUi } from '../../state/app-context.ts'
import { DevicePreview } from './device-preview.tsx'
import { useCallWords } from './use-call-words.ts'

/** Before a call, for those who want to look first: how one is heard and seen, and then in. */
export function CallPreviewDialog ({ room, calls }: { room: Room, calls: Calls }) {
  const words = useCallWords()
  const { dialogs } = useUi()
  const task = useTask()
  const join = async (camera: boolean): Promise<void> => {
    if (await task.run(async () => { await calls.join(room.tag, { camera }) })) dialogs.close()
  }
  return (
    <Dialog title={words.checkTitle} shape="wide" onClose={() => dialogs.close()}>
      <DevicePreview calls={calls} />
      {task.error !== null && <ErrorText error={task.error} />}
      <div className="preview-join">
        <Button icon={<Video size={16} aria-hidden />} isBusy={task.isBusy} onClick={async () => await join(true)}>{words.joinWithVideo}</Button>
        <Button kind="primary" icon={<Phone size={16} aria-hidden />} isBusy={task.isBusy} onClick={async () => await join(false)}>{words.joinNow}</Button>
      </div>
    </Dialog>
  )
}
