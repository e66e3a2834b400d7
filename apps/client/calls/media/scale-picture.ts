/** The person's own background, made small enough to be kept and drawn 30 times a second. */
import { ParleyError } from '#shared/errors.ts'

const WIDTH_MAX = 1280, HEIGHT_MAX = 720
/** Of what is chosen: decoding more would stop the page for seconds. */
const FILE_MAX_BYTES = 32_000_000

/** @throws {ParleyError} `background-picture` (rejects) */
export async function scalePicture (file: Blob): Promise<Blob> {
  if (file.size > FILE_MAX_BYTES) throw new ParleyError('background-picture')
  try {
    const picture = await createImageBitmap(file)
    const scale = Math.min(1, Math.max(WIDTH_MAX / picture.width, HEIGHT_MAX / picture.height))
    const width = Math.min(WIDTH_MAX, Math.round(picture.width * scale)), height = Math.min(HEIGHT_MAX, Math.round(picture.height * scale))
    const canvas = new OffscreenCanvas(width, height)
    const [w, h] = [picture.width * scale, picture.height * scale]
    canvas.getContext('2d')?.drawImage(picture, (width - w) / 2, (height - h) / 2, w, h)
    picture.close()
    return await canvas.convertToBlob({ type: 'image/jpeg', quality: 0.85 })
  } catch (cause) {
    throw new ParleyError('background-picture', { cause })
  }
}
