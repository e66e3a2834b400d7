/** Node has no IndexedDB: unit tests use fake-indexeddb, the stories in Chromium use the real one. */
import 'fake-indexeddb/auto'
