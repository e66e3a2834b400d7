/**
 * `/parley/backup-notice/1`: tells this person's other devices that the backup has changed, so that they need not wait until they look.
 *
 * @example
 *   createBackupNotice({ mesh, isOurs, onNotice: () => backup.update(), scope }).tell(devices)
 *
 * @see SPEC.md
 */
import type { DeviceKey } from '#shared/ids.ts'
import type { Mesh } from '../../mesh/types.ts'
import type { Scope } from '../../state/scope.ts'

const PROTOCOL = '/parley/backup-notice/1'
const OPEN_TIMEOUT_MS = 10_000

export interface BackupNotice {
  /** Those of them that can be reached now. Never rejects. */
  tell(devices: Iterable<DeviceKey>): Promise<void>
}

export function createBackupNotice ({ mesh, isOurs, onNotice, scope }: {
  mesh: Pick<Mesh, 'open' | 'handle' | 'reachable' | 'drop'>
  isOurs: (device: DeviceKey) => boolean
  onNotice: () => void
  scope: Scope
}): BackupNotice {
  scope.defer(mesh.handle(PROTOCOL, async (stream, remote) => {
    await stream.close()
    if (isOurs(remote)) onNotice()
    else mesh.drop('foreign-notice')
  }))
  return {
    async tell (devices) {
      await Promise.all([...devices].filter((device) => mesh.reachable.peek().has(device)).map(async (device) => {
        try {
          const stream = await mesh.open(device, PROTOCOL, { signal: AbortSignal.any([scope.signal, AbortSignal.timeout(OPEN_TIMEOUT_MS)]) })
          await stream.close()
        } catch {
          mesh.drop('notice-failed')
        }
      }))
    }
  }
}
