/** Where each picture of a recording goes. Pure. */

export interface Box { x: number, y: number, width: number, height: number }

/** Equal cells for `count` pictures, as square a grid as it gets; the last row is in the middle. */
export function gridOf (count: number, { width, height }: { width: number, height: number }): Box[] {
  const columns = Math.ceil(Math.sqrt(count))
  const rows = Math.ceil(count / Math.max(1, columns))
  const cell = { width: width / columns, height: height / rows }
  return Array.from({ length: count }, (_, nth) => {
    const row = Math.floor(nth / columns)
    const inRow = Math.min(columns, count - row * columns)
    const left = (width - inRow * cell.width) / 2
    return { x: left + (nth % columns) * cell.width, y: row * cell.height, ...cell }
  })
}

/** The largest box of the picture's own shape inside another, in its middle: nothing is cut off, since it may be text. */
export function fitInto (box: Box, picture: { width: number, height: number }): Box {
  const scale = Math.min(box.width / picture.width, box.height / picture.height)
  const width = picture.width * scale, height = picture.height * scale
  return { x: box.x + (box.width - width) / 2, y: box.y + (box.height - height) / 2, width, height }
}
