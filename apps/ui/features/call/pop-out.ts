/** The call in a window of its own that stays on top: one with buttons where the host has such windows, else the browser's for one picture. */
import type { Call, Platform } from '#client'
import { viewOf } from './call-view.ts'

export const canPopOut = (platform: Platform): boolean => platform.smallWindow !== null || document.pictureInPictureEnabled

/** Opens it, or closes the one there is. Call it from a click. @param stage where the pictures are that the browser's own window could show */
export async function popOut (call: Call, platform: Platform, stage: HTMLElement | null): Promise<void> {
  const view = viewOf(call)
  const current = view.popOut.peek()
  if (current !== null) { current.close(); return }
  if (platform.smallWindow === null) { await showPicture(stage); return }
  const opened = await platform.smallWindow({ width: 360, height: 280 })
  if (opened === null) return
  dress(opened.document)
  opened.addEventListener('pagehide', () => { if (view.popOut.peek() === opened) view.setPopOut(null) })
  view.setPopOut(opened)
}

async function showPicture (stage: HTMLElement | null): Promise<void> {
  if (document.pictureInPictureElement !== null) { await document.exitPictureInPicture(); return }
  const pictures = [...stage?.querySelectorAll('video') ?? []].filter(({ videoWidth }) => videoWidth > 0)
  const [largest] = pictures.sort((a, b) => b.clientWidth * b.clientHeight - a.clientWidth * a.clientHeight)
  await largest?.requestPictureInPicture()
}

/** Gives an empty page the look of this one. */
function dress (page: Document): void {
  for (const sheet of document.querySelectorAll<HTMLElement>('link[rel="stylesheet"], style')) {
    const copy = page.importNode(sheet, true)
    // The empty page has no address that a relative one could start from.
    if (sheet instanceof HTMLLinkElement) copy.setAttribute('href', sheet.href)
    page.head.append(copy)
  }
  page.title = document.title
  page.documentElement.lang = document.documentElement.lang
  Object.assign(page.documentElement.dataset, document.documentElement.dataset)
  page.body.className = 'pop-out'
}
