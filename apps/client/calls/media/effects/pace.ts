/** Whether this machine keeps up with the camera: judged by what a frame costs, in windows, so that one hiccup decides nothing. */

/** A frame at 30 a second has this long. @see CAMERA in local.ts */
const FRAME_MS = 33
/** A second of frames. */
const WINDOW = 30
/** The first ones compile and warm up. */
const WARM_UP = 20
/** The outline of somebody who sits may be looked for in every third frame; with fewer it trails behind a hand. */
const MASK_EVERY_MAX = 3

export interface Pace {
  /** The outline is looked for in each n-th frame. */
  readonly maskEvery: number
  /** Takes what a frame has cost; answers whether that is too slow for good. */
  add(costMs: number): boolean
}

export function createPace (): Pace {
  let maskEvery = 1
  let left = WINDOW + WARM_UP
  let costs: number[] = []
  return {
    get maskEvery () { return maskEvery },
    add (costMs) {
      if (--left < WINDOW) costs.push(costMs)
      if (left > 0) return false
      const mean = costs.reduce((total, one) => total + one, 0) / costs.length
      costs = []
      left = WINDOW
      if (mean <= FRAME_MS) return false
      if (maskEvery === MASK_EVERY_MAX) return true
      maskEvery++
      return false
    }
  }
}
