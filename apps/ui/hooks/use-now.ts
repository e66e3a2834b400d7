import { useEffect, useState } from 'react'

/** Unix ms, renewed every `intervalMs`; for countdowns and "5 minutes ago". */
export function useNow (intervalMs: number): number {
  const [now, setNow] = useState(() => Date.now())
  useEffect(() => {
    const timer = setInterval(() => { setNow(Date.now()) }, intervalMs)
    return () => { clearInterval(timer) }
  }, [intervalMs])
  return now
}
