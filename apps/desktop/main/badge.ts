/** The number on the app's icon: in the dock on macOS, in launchers on Linux, as a dot on the taskbar of Windows, which shows no numbers. */
import { app, nativeImage, type BrowserWindow, type NativeImage } from 'electron'

const DOT_PX = 16

export function setBadge (unread: number, window: BrowserWindow | null, platform: NodeJS.Platform = process.platform): void {
  if (platform !== 'win32') {
    app.setBadgeCount(unread)
    return
  }
  window?.setOverlayIcon(unread === 0 ? null : drawDot(), unread === 0 ? '' : `${unread} unread`)
}

/** A filled circle in the accent colour, as BGRA pixels. */
function drawDot (): NativeImage {
  const pixels = Buffer.alloc(DOT_PX * DOT_PX * 4)
  const middle = (DOT_PX - 1) / 2
  for (let y = 0; y < DOT_PX; y++) {
    for (let x = 0; x < DOT_PX; x++) {
      if (Math.hypot(x - middle, y - middle) <= middle) pixels.set([0xDB, 0x5B, 0x3B, 0xFF], (y * DOT_PX + x) * 4)
    }
  }
  return nativeImage.createFromBitmap(pixels, { width: DOT_PX, height: DOT_PX })
}
