/** `npm run build [-- web|node|desktop …]`: builds these, or all three. */
import { buildNames, isBuildName, make } from './lib/builds.ts'

const asked = process.argv.slice(2)
const unknown = asked.filter((name) => !isBuildName(name))
if (unknown.length > 0) {
  console.error(`build: there is no ${unknown.join(', ')}; there are ${buildNames.join(', ')}`)
  process.exit(1)
}
for (const name of asked.length === 0 ? buildNames : asked.filter(isBuildName)) await make(name)
