/** The mark: two speech bubbles that overlap, one for each end of a direct line. The same drawing as resources/icon.svg. */
export function Logo ({ size = 40 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 64 64" aria-hidden="true">
      <rect width="64" height="64" rx="15" fill="#3B5BDB" />
      <path d="M25 13c-8.3 0-15 6-15 13.4 0 4.3 2.2 8 5.7 10.5L14 43.5l7.2-3.9c1.2.2 2.5.3 3.8.3 8.3 0 15-6 15-13.5S33.3 13 25 13Z" fill="#FBFAF8" />
      <path d="M39.5 24.5c8 0 14.5 5.7 14.5 12.8 0 4.1-2.2 7.7-5.5 10L50 53.5l-6.8-3.7c-1.2.2-2.4.3-3.7.3-8 0-14.5-5.7-14.5-12.8s6.5-12.8 14.5-12.8Z" fill="#A9BBFF" />
      <path d="M39.7 24.5C40 25.2 40 25.8 40 26.4c0 7.5-6.7 13.5-14.7 13.5-.2-.8-.3-1.7-.3-2.6 0-7 6.5-12.8 14.5-12.8h.2Z" fill="#3B5BDB" fillOpacity=".55" />
    </svg>
  )
}
