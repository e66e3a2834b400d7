/** Whether this machine keeps up with the camera: judged by what a frame costs, in windows, so that one hiccup decides nothing. */

/** A second of frames, as most cameras bring them. */
const WINDOW = 30
/** The first ones compile and warm up. */
const WARM_UP = 20

/** `scale`: of the camera's size. `maskEvery`: the outline is looked for in each n-th frame. */
export interface PaceStep { scale: number, maskEvery: number }

/** Fewer pixels first, then fewer outlines; with fewer than these one trails behind a hand. */
const STEPS: readonly [PaceStep, ...PaceStep[]] = [{ scale: 1, maskEvery: 1 }, { scale: 0.5, maskEvery: 1 }, { scale: 0.5, maskEvery: 3 }]

export interface Pace {
  readonly step: PaceStep
  /** Takes what a frame has cost; answers whether that is too slow at the last step too. */
  add(costMs: number): boolean
}

/** @param framesPerSecond what the camera brings: a slow one leaves more time for each */
export function createPace (framesPerSecond: number): Pace {
  let at = 0
  let left = WINDOW + WARM_UP
  let costs: number[] = []
  return {
    get step () { return STEPS[at] ?? STEPS[0] },
    add (costMs) {
      if (--left < WINDOW) costs.push(costMs)
      if (left > 0) return false
      const mean = costs.reduce((total, one) => total + one, 0) / costs.length
      costs = []
      left = WINDOW
      if (mean <= 1000 / framesPerSecond) return false
      if (at === STEPS.length - 1) return true
      at++
      return false
    }
  }
}
