/** Puts the bridge into the page: one function per name of the map, nothing else of Electron. What they carry is checked in main. */
import { contextBridge, ipcRenderer, type IpcRendererEvent } from 'electron'
import { BRIDGE, CALL_NAMES, EVENT_NAMES, channelOf } from '#shared/ipc/channels.ts'

const calls = Object.fromEntries(CALL_NAMES.map((name) =>
  [name, (request: unknown): Promise<unknown> => ipcRenderer.invoke(channelOf(name), request)]))

const events = Object.fromEntries(EVENT_NAMES.map((name) => [name, (listener: (payload: unknown) => void) => {
  // The event object would hand the page ipcRenderer itself.
  const hear = (_event: IpcRendererEvent, payload: unknown): void => listener(payload)
  ipcRenderer.on(channelOf(name), hear)
  return () => { ipcRenderer.off(channelOf(name), hear) }
}]))

contextBridge.exposeInMainWorld(BRIDGE, { calls, events })
