import { useMemo } from 'react'
import { encode } from 'uqr'

/** Black on white in every theme, with the quiet zone of four modules that scanners need (ISO/IEC 18004). */
export function QrCode ({ text, label }: { text: string, label: string }) {
  const { size, path } = useMemo(() => toPath(text), [text])
  return (
    <svg className="qr" viewBox={`0 0 ${size} ${size}`} role="img" aria-label={label} shapeRendering="crispEdges">
      <rect width={size} height={size} fill="#fff" />
      <path d={path} fill="#000" />
    </svg>
  )
}

/** One rectangle per dark run of a row. */
function toPath (text: string): { size: number, path: string } {
  const { data, size } = encode(text, { ecc: 'L', border: 4 })
  let path = ''
  data.forEach((row, y) => {
    for (let x = 0; x < row.length; x++) {
      if (row[x] !== true) continue
      let end = x
      while (row[end + 1] === true) end++
      path += `M${x} ${y}h${end - x + 1}v1H${x}z`
      x = end
    }
  })
  return { size, path }
}
