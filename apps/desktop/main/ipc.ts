/** Answers the renderer's calls: each from our own page in the main frame, each with a payload that fits its schema, all others refused. */
import { ipcMain, type IpcMainInvokeEvent, type WebContents } from 'electron'
import {
  CALL_NAMES, channelOf, requestSchemas, type CallName, type EventName, type EventPayloads, type Request, type Responses
} from '#shared/ipc/index.ts'
import { log } from './log.ts'
import { isAppUrl } from './origin.ts'

export type CallHandlers = { readonly [Name in CallName]: (request: Request<Name>) => Responses[Name] | Promise<Responses[Name]> }

export function answerCalls (handlers: CallHandlers): void {
  for (const name of CALL_NAMES) answer(name, handlers[name])
}

/** Sends an event to the page, if there is one. */
export function tell<Name extends EventName> (contents: WebContents, name: Name, payload: EventPayloads[Name]): void {
  if (!contents.isDestroyed()) contents.send(channelOf(name), payload)
}

function answer (name: CallName, handler: (request: never) => unknown): void {
  ipcMain.handle(channelOf(name), async (event, payload: unknown) => {
    if (!isOurPage(event)) {
      log('warn', 'a call from a foreign page was refused', { call: name })
      throw new Error('refused')
    }
    const request = requestSchemas[name].safeParse(payload)
    if (!request.success) {
      log('warn', 'a call with a malformed payload was refused', { call: name })
      throw new Error(`${name}: malformed payload`)
    }
    // The schema of the same name has just made it what the handler takes.
    return await handler(request.data as never)
  })
}

/** The frame itself is asked, not its page: a frame inside our page would be as foreign as a page elsewhere. */
function isOurPage (event: IpcMainInvokeEvent): boolean {
  const frame = event.senderFrame
  return frame?.parent === null && isAppUrl(frame.url)
}
