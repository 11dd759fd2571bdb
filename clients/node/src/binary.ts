import { existsSync } from 'node:fs'
import { join } from 'node:path'

/**
 * The path of the `idouble` executable: `IDOUBLE_BIN`, or the one of the installed platform package.
 *
 * @throws {Error} No package for this platform is installed.
 */
export function findBinary(): string {
  const configured = process.env.IDOUBLE_BIN
  if (configured) return configured
  const name = packageName()
  const executable = process.platform === 'win32' ? 'idouble.exe' : 'idouble'
  try {
    return require.resolve(`${name}/bin/${executable}`)
  } catch {
    throw new Error(
      `${name} is not installed; install it, or set IDOUBLE_BIN to the path of an idouble executable`,
    )
  }
}

function packageName(): string {
  const musl = process.platform === 'linux' && usesMusl() ? '-musl' : ''
  return `@idouble/${process.platform}-${process.arch}${musl}`
}

/** Whether the C library of this system is musl, as on Alpine Linux. */
function usesMusl(): boolean {
  const loader = process.arch === 'x64' ? 'x86_64' : 'aarch64'
  const report = process.report.getReport() as { header?: { glibcVersionRuntime?: string } }
  if (report.header?.glibcVersionRuntime) return false
  return existsSync(join('/lib', `ld-musl-${loader}.so.1`))
}
