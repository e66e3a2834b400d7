/**
 * Keeps the files of one build, so that the app opens with its history while the node is down. The node's answer wins wherever there is
 * one: a page is asked of the node first, so a new build is in use at the next load. Nothing of `/v1` or of people is ever kept.
 */
const FILES = /* FILES */ []
// Another build has other names in its list, so its store has another name.
const STORE = `parley-${hash(FILES.join())}`
/** A node that takes longer than this for a page counts as down for the moment. */
const PAGE_TIMEOUT_MS = 4000

self.addEventListener('install', (event) => {
  event.waitUntil(caches.open(STORE).then((store) => store.addAll(FILES)).then(() => self.skipWaiting()))
})

self.addEventListener('activate', (event) => {
  event.waitUntil(caches.keys()
    .then((names) => Promise.all(names.filter((name) => name !== STORE).map((name) => caches.delete(name))))
    .then(() => self.clients.claim()))
})

self.addEventListener('fetch', (event) => {
  const { request } = event
  const url = new URL(request.url)
  if (request.method !== 'GET' || url.origin !== self.location.origin) return
  if (request.mode === 'navigate') {
    if (/^\/(?:$|join$|room\/)/.test(url.pathname)) event.respondWith(page(request))
  } else if (FILES.includes(url.pathname)) {
    event.respondWith(caches.match(request).then((kept) => kept ?? fetch(request)))
  }
})

async function page (request) {
  try {
    const answer = await fetch(request, { signal: AbortSignal.timeout(PAGE_TIMEOUT_MS) })
    if (answer.status < 500) return answer
  } catch {
    // No node: the page as it was kept.
  }
  return await caches.match('/') ?? Response.error()
}

/** FNV-1a, 32 bits: tells builds apart, protects nothing. */
function hash (text) {
  let value = 0x811c9dc5
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193)
  return (value >>> 0).toString(16)
}
