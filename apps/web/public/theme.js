/* global document, localStorage */
// Runs before the first paint, so that a window in a chosen theme never flashes in the other one. Its key is PREFERENCES_KEY of the UI.
try {
  const { theme, density } = JSON.parse(localStorage.getItem('parley.preferences') || '{}')
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme
  if (density === 'compact') document.documentElement.dataset.density = density
} catch { /* storage is denied or not ours: the system's theme it is */ }
