/** Device lists of somebody who has met everybody, kept in memory, and how a device is judged by them. */
import type { UserKey } from '#shared/ids.ts'
import { openDeviceLists, type DeviceLists } from '../identity/device-lists.ts'
import { createDeviceJudge, type DeviceJudge } from '../rooms/entry/device-judge.ts'
import type { DeviceListRecord } from '../store/index.ts'

export async function keepLists (
  { myUser = '' as UserKey, now = Date.now, saved = [], isMet = () => true }: { myUser?: UserKey, now?: () => number, saved?: DeviceListRecord[], isMet?: (user: UserKey) => boolean } = {}
): Promise<{ lists: DeviceLists, judge: DeviceJudge, saved: () => readonly DeviceListRecord[] }> {
  let kept: readonly DeviceListRecord[] = saved
  const lists = await openDeviceLists({
    myUser, isMet,
    store: { loadDeviceLists: () => Promise.resolve([...kept]), saveDeviceLists: (records) => { kept = records; return Promise.resolve() } }
  })
  return { lists, judge: createDeviceJudge({ lists, now }), saved: () => kept }
}
