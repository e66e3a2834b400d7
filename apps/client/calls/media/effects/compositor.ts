/** Draws somebody over what is to be seen behind them. */
import { GRADIENTS } from './backgrounds.ts'
import type { Backdrop } from './worker-messages.ts'

/** The blur works on a picture so much smaller: as soft, and a fraction of the work. */
const BLUR_SHRINK = 8
const BLUR_PX = 3

export interface Compositor {
  /** @param outline null while it is not known: then nobody is seen, and nothing of the room is. Answers the same canvas each time. */
  draw(frame: VideoFrame, outline: OffscreenCanvas | null, backdrop: Backdrop): OffscreenCanvas
}

export function createCompositor (): Compositor {
  const whole = createContext()
  const person = createContext()
  const small = createContext()

  const drawBackdrop = (frame: VideoFrame, { background, picture }: Backdrop, width: number, height: number): void => {
    const gradient = GRADIENTS[background]
    if (background === 'picture' && picture !== null) {
      // As large as fills it, the middle of it.
      const scale = Math.max(width / picture.width, height / picture.height)
      const [w, h] = [picture.width * scale, picture.height * scale]
      whole.drawImage(picture, (width - w) / 2, (height - h) / 2, w, h)
    } else if (gradient !== undefined) {
      const fill = whole.createLinearGradient(0, 0, 0, height)
      fill.addColorStop(0, gradient[0])
      fill.addColorStop(1, gradient[1])
      whole.fillStyle = fill
      whole.fillRect(0, 0, width, height)
    } else {
      resize(small, Math.ceil(width / BLUR_SHRINK), Math.ceil(height / BLUR_SHRINK))
      small.filter = `blur(${BLUR_PX}px)`
      small.drawImage(frame, 0, 0, small.canvas.width, small.canvas.height)
      whole.drawImage(small.canvas, 0, 0, width, height)
    }
  }

  return {
    draw (frame, outline, backdrop) {
      const { displayWidth: width, displayHeight: height } = frame
      resize(whole, width, height)
      drawBackdrop(frame, backdrop, width, height)
      if (outline !== null) {
        resize(person, width, height)
        person.globalCompositeOperation = 'copy'
        person.drawImage(outline, 0, 0, width, height)
        person.globalCompositeOperation = 'source-in'
        person.drawImage(frame, 0, 0, width, height)
        whole.drawImage(person.canvas, 0, 0)
      }
      return whole.canvas
    }
  }
}

function createContext (): OffscreenCanvasRenderingContext2D {
  const context = new OffscreenCanvas(1, 1).getContext('2d')
  if (context === null) throw new Error('no 2D canvas')
  context.imageSmoothingQuality = 'high'
  return context
}

/** Setting a size erases, also the same one: only where it differs. */
function resize ({ canvas }: OffscreenCanvasRenderingContext2D, width: number, height: number): void {
  if (canvas.width !== width) canvas.width = width
  if (canvas.height !== height) canvas.height = height
}
