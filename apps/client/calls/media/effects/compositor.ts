/** Lays what is to be seen behind somebody over the room, and leaves them out of it. */
import { GRADIENTS } from './backgrounds.ts'
import type { Backdrop } from './worker-messages.ts'

/** Blurs and gradients are drawn this small and stretched: as soft, and a fraction of the work. */
const SOFT_WIDTH = 256, SOFT_HEIGHT = 144
const BLUR_PX = 5
/** The blur reaches as far: drawn beyond the rim, or the room would shimmer through there. */
const BLUR_RIM = 3 * BLUR_PX
/** A picture behind somebody needs half of the sharpness. */
const PICTURE_SHRINK = 2

export interface Compositor {
  /**
   * Answers the same canvas each time.
   * @param outline null while it is not known: then nobody is seen, and nothing of the room is
   * @param scale of the frame's size, at most 1
   */
  draw(frame: VideoFrame, outline: OffscreenCanvas | null, backdrop: Backdrop, scale: number): OffscreenCanvas
}

export function createCompositor (): Compositor {
  const whole = createContext()
  const behind = createContext()

  const drawBehind = (frame: VideoFrame, { background, picture }: Backdrop, shown: { width: number, height: number }): void => {
    const gradient = GRADIENTS[background]
    if (background === 'picture' && picture !== null) {
      const width = Math.ceil(shown.width / PICTURE_SHRINK), height = Math.ceil(shown.height / PICTURE_SHRINK)
      resize(behind, width, height)
      // As large as fills it, the middle of it.
      const scale = Math.max(width / picture.width, height / picture.height)
      const [w, h] = [picture.width * scale, picture.height * scale]
      behind.drawImage(picture, (width - w) / 2, (height - h) / 2, w, h)
      return
    }
    resize(behind, SOFT_WIDTH, SOFT_HEIGHT)
    if (gradient === undefined) {
      behind.filter = `blur(${BLUR_PX}px)`
      behind.drawImage(frame, -BLUR_RIM, -BLUR_RIM, SOFT_WIDTH + 2 * BLUR_RIM, SOFT_HEIGHT + 2 * BLUR_RIM)
      behind.filter = 'none'
      return
    }
    const fill = behind.createLinearGradient(0, 0, 0, SOFT_HEIGHT)
    fill.addColorStop(0, gradient[0])
    fill.addColorStop(1, gradient[1])
    behind.fillStyle = fill
    behind.fillRect(0, 0, SOFT_WIDTH, SOFT_HEIGHT)
  }

  return {
    draw (frame, outline, backdrop, scale) {
      const width = Math.round(frame.displayWidth * scale), height = Math.round(frame.displayHeight * scale)
      resize(whole, width, height)
      behind.globalCompositeOperation = 'source-over'
      drawBehind(frame, backdrop, { width, height })
      if (outline !== null) {
        behind.globalCompositeOperation = 'destination-out'
        behind.drawImage(outline, 0, 0, behind.canvas.width, behind.canvas.height)
        whole.drawImage(frame, 0, 0, width, height)
      }
      whole.drawImage(behind.canvas, 0, 0, width, height)
      return whole.canvas
    }
  }
}

function createContext (): OffscreenCanvasRenderingContext2D {
  const context = new OffscreenCanvas(1, 1).getContext('2d')
  if (context === null) throw new Error('no 2D canvas')
  return context
}

/** Setting a size erases, also the same one: only where it differs. */
function resize ({ canvas }: OffscreenCanvasRenderingContext2D, width: number, height: number): void {
  if (canvas.width !== width) canvas.width = width
  if (canvas.height !== height) canvas.height = height
}
